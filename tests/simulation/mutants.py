#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Bugs on purpose: the simulator has to find each of them.

    mutants.py make NAME ROOT OUT     writes the changed source
    mutants.py hunt NAME PROGRAM      runs the program that it was built into until a seed fails, at most 1,000 of them
"""
import pathlib
import subprocess
import sys

# name: source, what stands there, what stands there instead, the scenario that finds it
MUTANTS = {
    "skip_a_retry": (
        "client/partition_operation.cpp",
        "co_return verdict{verdict::step::refresh, std::move(answer.why)}; // the leader may be gone",
        "co_return verdict{verdict::step::fail, std::move(answer.why)};",
        "straight"),
    "drop_an_acknowledgement": (
        "client/produce_operation.cpp",
        "    case produce_exchange::step::done:\n",
        "    case produce_exchange::step::done:\n"
        "        if (answer->base_offset % 64 == 5) return {verdict::step::again, std::move(refused)};\n",
        "straight"),
    "hang_a_completion": (
        "client/produce_operation.cpp",
        "    done_.succeed({.topic = place.topic,",
        "    if (offset % 64 == 5) {\n"
        "        const auto forgotten = std::move(done_);\n"
        "        return;\n"
        "    }\n"
        "    done_.succeed({.topic = place.topic,",
        "straight"),
    "deliver_twice": (
        "client/fetched.cpp",
        "        const std::int64_t from = next_offset_;\n",
        "        const std::int64_t from = batch.base_offset();\n",
        "straight"),
    "skip_a_record": (
        "client/fetched.cpp",
        "        next_offset_ = batch.next_offset();\n",
        "        next_offset_ = batch.next_offset() + (batch.next_offset() % 64 == 5 ? 1 : 0);\n",
        "straight"),
    "repeat_what_may_be_written": (
        "client/request.cpp",
        "    if (!safe_to_repeat) {\n",
        "    if (!safe_to_repeat && why.ec != condition::retriable) {\n",
        "straight"),
    "forget_a_waiter": (
        "net/pool_slot.cpp",
        "    close(errc::connection_closed); // whoever waits",
        "    // whoever waits",
        "metadata"),
    "renumber_what_may_be_appended": (
        "client/producer/send_order.cpp",
        "    if (how == result::unknown) e->may_be_appended = true;\n",
        "    if (how == result::unknown) {\n"
        "        e->may_be_appended = true;\n"
        "        if (e->stamp && e == &entries_.back()) {\n"
        "            next_sequence_ = e->stamp->base_sequence;\n"
        "            e->stamp.reset();\n"
        "        }\n"
        "    }\n",
        "producer"),
    "raise_the_epoch_with_batches_in_flight": (
        "client/producer/send_order.cpp",
        "return e.in_flight || (e.stamp && e.may_be_appended); });",
        "return e.numbered && e.records < 0; });",
        "producer"),
    "split_out_of_order": (
        "client/producer/producer_answers.cpp",
        "    p.order.split(batch->number, parts);\n",
        "    std::swap(first->number, second->number);\n    p.order.split(batch->number, parts);\n",
        "producer"),
    "overtake_a_failed_batch": (
        "client/producer/send_order.cpp",
        "    if (others_behind || under_way >= window(waiting->numbered)) return std::nullopt;",
        "    if (under_way >= max_in_flight_) return std::nullopt;\n    (void)others_behind;\n"
        "    if (waiting->may_be_appended && std::next(waiting) != entries_.end() && !std::next(waiting)->in_flight)\n"
        "        return std::next(waiting)->number;",
        "producer"),
    "number_behind_the_unresolved": (
        "client/producer/send_order.cpp",
        "[](const entry& e) { return e.stamp && e.may_be_appended; });",
        "[](const entry& e) { return e.stamp && e.may_be_appended && e.records < 0; });",
        "producer"),
    "acknowledge_what_was_refused": (
        "client/producer/batch_verdict.cpp",
        "    case broker_errc::duplicate_sequence_number: return batch_verdict::done;",
        "    case broker_errc::duplicate_sequence_number:\n"
        "    case broker_errc::not_enough_replicas: return batch_verdict::done;",
        "producer_plain"),
    "forget_who_waits_for_memory": (
        "client/producer/producer_waits.cpp",
        "        if (!served) waiters_.push_front(std::move(first));",
        "        if (!served && !first->is_record) waiters_.push_front(std::move(first));",
        "producer"),
    "never_renew_a_session": (
        "net/session_renewal.cpp",
        "    if (lifetime.count() <= 0) return;",
        "    if (lifetime.count() >= 0) return;",
        "auth"),
    "send_while_a_session_is_renewed": (
        "net/connection_exchange.cpp",
        "    if (!session->is_due()) return false;\n    if (table.awaits_response()) return true;\n"
        "    writing = true; // nobody else writes until it has ended\n",
        "    if (!session->is_due() || session->is_running()) return false;\n    if (table.awaits_response()) return true;\n",
        "auth"),
    "keep_a_password_that_was_replaced": (
        "net/credentials.cpp",
        "    who_ = std::move(who);",
        "    if (!who_) who_ = std::move(who);",
        "auth"),
}


def make(name, root, out):
    source, old, new, _ = MUTANTS[name]
    text = (pathlib.Path(root) / source).read_text()
    if text.count(old) != 1:
        print(f"mutants.py: {name}: what is to be changed is {text.count(old)} times in {source}:\n{old}", file=sys.stderr)
        return 1
    out = pathlib.Path(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(text.replace(old, new))
    return 0


def hunt(name, program):
    done = subprocess.run([program, "--scenario", MUTANTS[name][3], "--seeds", "1..1000", "--until-failure"],
                          stdout=subprocess.PIPE, text=True)
    found = [line for line in done.stdout.splitlines() if line.startswith("FAILED")]
    print(f"{name}: " + (found[0] if found else "was not found in 1,000 seeds"))
    return 0 if found and done.returncode == 1 else 1


if __name__ == "__main__":
    sys.exit(make(*sys.argv[2:]) if sys.argv[1] == "make" else hunt(*sys.argv[2:]))
