// SPDX-License-Identifier: Apache-2.0
#include <odradek/tools/cli/apis.hpp>
#include <odradek/tools/cli/arguments.hpp>
#include <odradek/tools/cli/bench_produce.hpp>
#include <odradek/tools/cli/broker.hpp>
#include <odradek/tools/cli/code.hpp>
#include <odradek/tools/cli/consume.hpp>
#include <odradek/tools/cli/exit_code.hpp>
#include <odradek/tools/cli/metadata.hpp>
#include <odradek/tools/cli/output.hpp>
#include <odradek/tools/cli/produce.hpp>
#include <odradek/tools/cli/session.hpp>
#include <odradek/tools/cli/tell.hpp>
#include <odradek/tools/cli/text_input.hpp>
#include <odradek/tools/cli/verifiable_producer.hpp>

#include <fmt/format.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <exception>
#include <fcntl.h>
#include <string>
#include <unistd.h>
#include <variant>
#include <vector>

namespace odradek::cli {
namespace {

void print(const std::string& text)
{
    output out{STDOUT_FILENO};
    out.write(text);
    out.flush();
}

int run(const text_arguments& a)
{
    print(a.text);
    return exit_code::ok;
}

int run(const produce_arguments& a)
{
    session in{a.connection};
    produce command{in, a};
    return in.run([&] { return command.run(); });
}

int run(const consume_arguments& a)
{
    session in{a.connection};
    consume command{in, a};
    return in.run([&] { return command.run(); });
}

int run(const metadata_arguments& a)
{
    session in{a.connection};
    return in.run([&] { return show_metadata(in, a); });
}

int run(const apis_arguments& a)
{
    session in{a.connection};
    return in.run([&] { return show_apis(in); });
}

int run(const broker_arguments& a)
{
    return run_broker(a);
}

int run(const verifiable_producer_arguments& a)
{
    const properties settings = read_verifiable_properties(a);
    session in{settings, verifiable_client(settings), connection_arguments{}.timeout, a.verbosity};
    verifiable_producer command{in, a, STDOUT_FILENO};
    return in.run([&] { return command.run(); });
}

int run(const bench_produce_arguments& a)
{
    session in{a.connection};
    bench_produce command{in, a, STDOUT_FILENO};
    return in.run([&] { return command.run(); });
}

int run(const code_arguments& a)
{
    const message_choice choice = choose_message(a.api, a.version, a.kind, a.header);
    const std::string text = argument_or_input(a.text);
    print((a.encode ? encode_message(choice, text) : decode_message(choice, text, a.secrets)) + '\n');
    return exit_code::ok;
}

} // namespace
} // namespace odradek::cli

namespace {

/// What the shell closed (`<&-`) would else be the number of the next socket.
void open_standard_descriptors() noexcept
{
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
        if (::fcntl(fd, F_GETFD) == -1 && errno == EBADF)
            (void)::open("/dev/null", fd == STDIN_FILENO ? O_RDONLY : O_WRONLY);
}

} // namespace

int main(int argc, char** argv)
{
    namespace cli = odradek::cli;
    open_standard_descriptors();
    std::signal(SIGPIPE, SIG_IGN); // a reader that goes away is seen where we write
    try {
        const cli::arguments arguments = cli::parse_arguments(std::vector<std::string>(argv + 1, argv + argc));
        return std::visit([](const auto& a) { return cli::run(a); }, arguments);
    } catch (const cli::failure& f) {
        cli::tell("odradek: {}\n", f.what());
        return f.code();
    } catch (const std::exception& e) {
        cli::tell("odradek: {}\n", e.what());
        return cli::exit_code::failed;
    }
}
