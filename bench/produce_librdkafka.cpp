// SPDX-License-Identifier: Apache-2.0
//
// librdkafka's side of `bench/compare produce`: sends records as run_options say and prints as JSON what that cost. It is
// compiled with whatever rdkafka.h there is and loads the library that it is given, since distributions carry old ones.
//
//     bench_produce_librdkafka --library FILE --brokers HOST:PORT --topics NAME... [run_options]
#include "payloads.hpp"
#include "produce_run.hpp"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <dlfcn.h>
#include <iostream>
#include <librdkafka/rdkafka.h>
#include <memory>
#include <thread>

namespace bench {
namespace {

constexpr int oldest = 0x02100000; // 2.16
constexpr int patience_ms = 120'000;

[[noreturn]] void die(const std::string& what)
{
    std::cerr << "bench_produce_librdkafka: " << what << '\n';
    std::exit(1);
}

/// The functions of the library that are used here, by rdkafka.h's types.
class rdkafka {
public:
    explicit rdkafka(const std::string& file) : handle_(dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL))
    {
        if (handle_ == nullptr) die(dlerror());
        load(version, "rd_kafka_version");
        load(version_str, "rd_kafka_version_str");
        load(conf_new, "rd_kafka_conf_new");
        load(conf_set, "rd_kafka_conf_set");
        load(conf_set_opaque, "rd_kafka_conf_set_opaque");
        load(conf_set_dr_msg_cb, "rd_kafka_conf_set_dr_msg_cb");
        load(conf_set_events, "rd_kafka_conf_set_events");
        load(create, "rd_kafka_new");
        load(destroy, "rd_kafka_destroy");
        load(topic_new, "rd_kafka_topic_new");
        load(topic_destroy, "rd_kafka_topic_destroy");
        load(produce, "rd_kafka_produce");
        load(produceva, "rd_kafka_produceva");
        load(error_code, "rd_kafka_error_code");
        load(error_destroy, "rd_kafka_error_destroy");
        load(last_error, "rd_kafka_last_error");
        load(err2str, "rd_kafka_err2str");
        load(poll, "rd_kafka_poll");
        load(flush, "rd_kafka_flush");
        load(outq_len, "rd_kafka_outq_len");
        load(queue_get_main, "rd_kafka_queue_get_main");
        load(queue_poll, "rd_kafka_queue_poll");
        load(queue_destroy, "rd_kafka_queue_destroy");
        load(event_message_next, "rd_kafka_event_message_next");
        load(event_destroy, "rd_kafka_event_destroy");
        if (version() < oldest)
            die(std::string("librdkafka ") + version_str() + " is too old to compare with: 2.16 or later");
    }

    decltype(&rd_kafka_version) version;
    decltype(&rd_kafka_version_str) version_str;
    decltype(&rd_kafka_conf_new) conf_new;
    decltype(&rd_kafka_conf_set) conf_set;
    decltype(&rd_kafka_conf_set_opaque) conf_set_opaque;
    decltype(&rd_kafka_conf_set_dr_msg_cb) conf_set_dr_msg_cb;
    decltype(&rd_kafka_conf_set_events) conf_set_events;
    decltype(&rd_kafka_new) create;
    decltype(&rd_kafka_destroy) destroy;
    decltype(&rd_kafka_topic_new) topic_new;
    decltype(&rd_kafka_topic_destroy) topic_destroy;
    decltype(&rd_kafka_produce) produce;
    decltype(&rd_kafka_produceva) produceva;
    decltype(&rd_kafka_error_code) error_code;
    decltype(&rd_kafka_error_destroy) error_destroy;
    decltype(&rd_kafka_last_error) last_error;
    decltype(&rd_kafka_err2str) err2str;
    decltype(&rd_kafka_poll) poll;
    decltype(&rd_kafka_flush) flush;
    decltype(&rd_kafka_outq_len) outq_len;
    decltype(&rd_kafka_queue_get_main) queue_get_main;
    decltype(&rd_kafka_queue_poll) queue_poll;
    decltype(&rd_kafka_queue_destroy) queue_destroy;
    decltype(&rd_kafka_event_message_next) event_message_next;
    decltype(&rd_kafka_event_destroy) event_destroy;

private:
    template <class Function>
    void load(Function& into, const char* name)
    {
        into = reinterpret_cast<Function>(dlsym(handle_, name));
        if (into == nullptr) die(std::string("the library has no ") + name);
    }

    void* handle_;
};

/// Who takes the delivery results from librdkafka: a callback in a thread of its own or in the thread that sends, or a thread
/// that takes events. The second was cheapest, by up to a quarter (memory goes back where it came from), so bench/compare
/// takes that, but not for latencies, since a sender that sleeps until its next record hears nothing.
enum class polling { thread, same, events };

class run {
public:
    run(const rdkafka& library, const run_options& how, polling who)
        : library_(library), how_(how), who_(who), records_(how.pool, how.size), tally_(how)
    {}

    void go()
    {
        cost spent;
        make_producer();
        std::thread taker;
        if (how_.reports && who_ != polling::same) {
            taker = std::thread([this] { take_reports(); });
        }
        send_ahead();
        spent.ready();
        send_all();
        all_sent_ = true;
        if (taker.joinable()) {
            taker.join();
        } else if (library_.flush(producer_, patience_ms) != RD_KAFKA_RESP_ERR_NO_ERROR) {
            die("the flush took too long");
        }
        spent.delivered();
        if (library_.outq_len(producer_) != 0) die("records are left that were not delivered");
        for (rd_kafka_topic_t* topic : topics_) library_.topic_destroy(topic);
        if (queue_ != nullptr) library_.queue_destroy(queue_);
        library_.destroy(producer_);

        nlohmann::ordered_json out{
            {"client", "librdkafka"}, {"version", library_.version_str()}, {"records", how_.records}};
        spent.describe(out);
        out["full"] = full_;
        tally_.describe(out);
        std::cout << out.dump() << '\n';
    }

private:
    void set(rd_kafka_conf_t* conf, const char* name, const std::string& value)
    {
        std::array<char, 512> error{};
        if (library_.conf_set(conf, name, value.c_str(), error.data(), error.size()) != RD_KAFKA_CONF_OK)
            die(error.data());
    }

    void make_producer()
    {
        rd_kafka_conf_t* conf = library_.conf_new();
        set(conf, "bootstrap.servers", how_.brokers);
        for (const std::string& one : how_.properties) {
            const std::size_t equals = std::min(one.find('='), one.size() - 1);
            set(conf, one.substr(0, equals).c_str(), one.substr(equals + 1));
        }
        if (!how_.defaults) {
            set(conf, "acks", std::to_string(how_.acks));
            set(conf, "enable.idempotence", how_.idempotent ? "true" : "false");
            std::array<char, 32> linger{};
            std::snprintf(linger.data(), linger.size(), "%.3f", static_cast<double>(how_.linger_us) / 1000);
            set(conf, "linger.ms", linger.data());
            set(conf, "batch.size", std::to_string(how_.batch));
            // Counts out of the way: both sides are to be limited by bytes only.
            set(conf, "batch.num.messages", "1000000");
            set(conf, "queue.buffering.max.messages", "0");
            set(conf, "queue.buffering.max.kbytes", std::to_string(how_.memory / 1024));
            set(conf, "message.max.bytes", std::to_string(1 << 20)); // as producer_options::max_request_size
            set(conf, "compression.type", how_.codec);
            if (how_.level) set(conf, "compression.level", std::to_string(*how_.level));
            set(conf, "max.in.flight.requests.per.connection", "5");
            // The same hash as ours, so that keys go to the same partitions on both sides.
            set(conf, "partitioner", "murmur2_random");
        }
        library_.conf_set_opaque(conf, this);
        if (how_.reports && who_ == polling::events) library_.conf_set_events(conf, RD_KAFKA_EVENT_DR);
        if (how_.reports && who_ != polling::events) library_.conf_set_dr_msg_cb(conf, on_delivery);
        std::array<char, 512> error{};
        producer_ = library_.create(RD_KAFKA_PRODUCER, conf, error.data(), error.size());
        if (producer_ == nullptr) die(error.data());
        if (who_ == polling::events) queue_ = library_.queue_get_main(producer_);
        for (const std::string& topic : how_.topics) {
            topics_.push_back(library_.topic_new(producer_, topic.c_str(), nullptr));
            if (topics_.back() == nullptr) die("no topic " + topic);
        }
    }

    static void on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque)
    {
        static_cast<run*>(opaque)->count(*message);
    }

    void count(const rd_kafka_message_t& message)
    {
        if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR) return tally_.failed(library_.err2str(message.err));
        tally_.delivered(reinterpret_cast<std::uintptr_t>(message._private), message.partition, message.offset);
    }

    /// The thread that delivery results come on, blocked while there are none.
    void take_reports()
    {
        // The end of the sends does not wake it, but then results come soon, and it is not longer than this behind.
        constexpr int longest_ms = 100;
        while (!all_sent_) {
            if (who_ == polling::events) {
                take_event(longest_ms);
            } else {
                library_.poll(producer_, longest_ms);
            }
        }
        // Here and not in the main thread, since a flush runs the callbacks too.
        if (who_ == polling::thread) {
            if (library_.flush(producer_, patience_ms) != RD_KAFKA_RESP_ERR_NO_ERROR) die("the flush took too long");
        } else {
            library_.flush(producer_, 0); // only ends the linger: events are not taken by it
            while (library_.outq_len(producer_) > 0) take_event(longest_ms);
        }
    }

    void take_event(int longest_ms)
    {
        rd_kafka_event_t* event = library_.queue_poll(queue_, longest_ms);
        if (event == nullptr) return;
        while (const rd_kafka_message_t* message = library_.event_message_next(event)) count(*message);
        library_.event_destroy(event);
    }

    void send_ahead()
    {
        for (std::uint64_t i = 0; i < how_.ahead(); ++i) {
            const rd_kafka_resp_err_t error = send(i, how_.partition_ahead(i), RD_KAFKA_MSG_F_COPY);
            if (error != RD_KAFKA_RESP_ERR_NO_ERROR) die(library_.err2str(error));
        }
        // Not by a flush, which would run callbacks in this thread too. A result that a thread takes counts as left until
        // the callback is over.
        while (library_.outq_len(producer_) > 0) {
            if (who_ == polling::same && how_.reports) {
                library_.poll(producer_, 10);
            } else {
                std::this_thread::sleep_for(std::chrono::milliseconds{1});
            }
        }
    }

    void send_all()
    {
        schedule when;
        if (how_.rate > 0) {
            when = schedule(how_.rate, how_.ahead());
            tally_.begin(when);
        }
        // With another thread for results the library may block the sender, which is the cheapest way to wait for room.
        const bool may_block = who_ != polling::same || !how_.reports;
        const int flags = RD_KAFKA_MSG_F_COPY | (may_block ? RD_KAFKA_MSG_F_BLOCK : 0);
        for (std::uint64_t i = how_.ahead(); i < how_.records; ++i) {
            if (how_.rate > 0) when.wait_for(i);
            rd_kafka_resp_err_t error = send(i, RD_KAFKA_PARTITION_UA, flags);
            while (error == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
                ++full_;
                library_.poll(producer_, 1000);
                error = send(i, RD_KAFKA_PARTITION_UA, flags);
            }
            if (error != RD_KAFKA_RESP_ERR_NO_ERROR) die(library_.err2str(error));
            // Seldom enough to cost nothing, often enough that results do not pile up.
            if (!may_block && i % 1024 == 0) library_.poll(producer_, 0);
        }
    }

    rd_kafka_resp_err_t send(std::uint64_t number, std::int32_t partition, int flags)
    {
        rd_kafka_topic_t* topic = topics_.size() == 1 ? topics_[0] : topics_[number % topics_.size()];
        if (how_.keyed) return send_keyed(topic, number, partition, flags);
        const std::string_view value = records_.value(number);
        const int failed = library_.produce(topic, partition, flags, const_cast<char*>(value.data()), value.size(),
                                            nullptr, 0, reinterpret_cast<void*>(number));
        return failed != 0 ? library_.last_error() : RD_KAFKA_RESP_ERR_NO_ERROR;
    }

    rd_kafka_resp_err_t send_keyed(rd_kafka_topic_t* topic, std::uint64_t number, std::int32_t partition, int flags)
    {
        const auto bytes = [](rd_kafka_vtype_t type, std::string_view text) {
            rd_kafka_vu_t one{};
            one.vtype = type;
            one.u.mem.ptr = const_cast<char*>(text.data());
            one.u.mem.size = text.size();
            return one;
        };
        const auto header = [](const char* name, std::string_view text) {
            rd_kafka_vu_t one{};
            one.vtype = RD_KAFKA_VTYPE_HEADER;
            one.u.header.name = name;
            one.u.header.val = text.data();
            one.u.header.size = static_cast<ssize_t>(text.size());
            return one;
        };
        std::array<rd_kafka_vu_t, 8> all{};
        all[0].vtype = RD_KAFKA_VTYPE_RKT;
        all[0].u.rkt = topic;
        all[1] = bytes(RD_KAFKA_VTYPE_VALUE, records_.value(number));
        all[2] = bytes(RD_KAFKA_VTYPE_KEY, records_.key(number));
        all[3] = header("trace", records_.trace(number));
        all[4] = header("source", payloads::source(number));
        all[5].vtype = RD_KAFKA_VTYPE_OPAQUE;
        all[5].u.ptr = reinterpret_cast<void*>(number);
        all[6].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
        all[6].u.i = flags;
        all[7].vtype = RD_KAFKA_VTYPE_PARTITION;
        all[7].u.i32 = partition;
        rd_kafka_error_t* error = library_.produceva(producer_, all.data(), all.size());
        if (error == nullptr) return RD_KAFKA_RESP_ERR_NO_ERROR;
        const rd_kafka_resp_err_t code = library_.error_code(error);
        library_.error_destroy(error);
        return code;
    }

    const rdkafka& library_;
    const run_options& how_;
    polling who_;
    payloads records_;
    tally tally_;
    rd_kafka_t* producer_ = nullptr;
    rd_kafka_queue_t* queue_ = nullptr;
    std::vector<rd_kafka_topic_t*> topics_;
    std::atomic<bool> all_sent_ = false;
    std::uint64_t full_ = 0;
};

} // namespace
} // namespace bench

int main(int argc, char** argv)
{
    CLI::App app{"Sends records with librdkafka and prints what that cost"};
    bench::run_options how;
    how.add_to(app);
    std::string library;
    app.add_option("--library", library, "librdkafka.so of 2.16 or later")->required();
    bench::polling who = bench::polling::thread;
    const std::map<std::string, bench::polling> ways{
        {"thread", bench::polling::thread}, {"same", bench::polling::same}, {"events", bench::polling::events}};
    app.add_option("--polling", who, "who takes delivery results")->transform(CLI::CheckedTransformer(ways));
    CLI11_PARSE(app, argc, argv);
    const bench::rdkafka loaded(library);
    bench::run(loaded, how, who).go();
}
