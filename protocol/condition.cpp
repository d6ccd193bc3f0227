// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/error.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace odradek {
namespace {

// Errors of the system, by their portable names. What a wait or another route can mend is retriable; a name that does
// not resolve, a forbidden address or an argument that the system rejects is not.
condition classify_system(std::errc code) noexcept
{
    switch (code) {
    case std::errc::address_in_use:
    case std::errc::address_not_available:
    case std::errc::broken_pipe:
    case std::errc::connection_aborted:
    case std::errc::connection_refused:
    case std::errc::connection_reset:
    case std::errc::host_unreachable:
    case std::errc::interrupted:
    case std::errc::network_down:
    case std::errc::network_reset:
    case std::errc::network_unreachable:
    case std::errc::no_buffer_space:
    case std::errc::not_connected:
    case std::errc::not_enough_memory:
    case std::errc::resource_unavailable_try_again:
    case std::errc::stream_timeout:
    case std::errc::timed_out:
    case std::errc::too_many_files_open:
    case std::errc::too_many_files_open_in_system: return condition::retriable;
    default: return condition::fatal;
    }
}

// Asio's own categories, told by name and number, since this layer does not know Asio. Numbers that stand for the same in
// every system: end of stream (asio.misc 2), a name server that asks for patience (asio.netdb 2 = TRY_AGAIN), a TLS stream
// that ends without its farewell (asio.ssl.stream 1).
bool is_transient_in_asio(std::string_view category, int value) noexcept
{
    if (category == "asio.misc" || category == "asio.netdb") return value == 2;
    if (category == "asio.ssl.stream") return value == 1;
    return false;
}

std::optional<condition> classify(const std::error_code& code) noexcept
{
    if (!code) return std::nullopt;
    if (code.category() == odradek_category()) return condition_of(static_cast<errc>(code.value()));
    if (code.category() == kafka_category()) {
        const auto broker_code = static_cast<broker_errc>(code.value());
        if (static_cast<int>(broker_code) != code.value()) return condition::fatal; // a number that no broker can send
        return is_retriable(broker_code)   ? condition::retriable
               : is_abortable(broker_code) ? condition::abortable
                                           : condition::fatal;
    }
    // Asio's own system category of old versions has the system's numbers but does not translate them.
    const bool untranslated = std::string_view{code.category().name()} == "asio.system";
    const std::error_condition portable =
        untranslated ? std::system_category().default_error_condition(code.value()) : code.default_error_condition();
    if (portable.category() == std::generic_category()) {
        if (portable == std::errc::operation_canceled) return std::nullopt;
        return classify_system(static_cast<std::errc>(portable.value()));
    }
    return is_transient_in_asio(code.category().name(), code.value()) ? condition::retriable : condition::fatal;
}

class conditions final : public std::error_category {
public:
    const char* name() const noexcept override { return "odradek.condition"; }

    std::string message(int value) const override
    {
        switch (static_cast<condition>(value)) {
        case condition::retriable: return "may succeed when tried again";
        case condition::abortable: return "the transaction or membership has to be given up";
        case condition::fatal: return "trying again does not help";
        case condition::outcome_unknown: return "may have taken effect or not";
        }
        return "no condition";
    }

    bool equivalent(const std::error_code& code, int value) const noexcept override
    {
        return classify(code) == static_cast<condition>(value);
    }
};

} // namespace

const std::error_category& condition_category() noexcept
{
    static const conditions instance;
    return instance;
}

} // namespace odradek
