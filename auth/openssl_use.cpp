// SPDX-License-Identifier: Apache-2.0
#include <odradek/auth/openssl_use.hpp>

#if ODRADEK_WITH_OPENSSL
#include <openssl/crypto.h>
#endif

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <utility>
#include <vector>

namespace odradek::detail {
namespace {

struct uses {
    std::mutex mutex;
    std::condition_variable changed;
    std::size_t running = 0;
    bool ended = false;
    std::vector<std::shared_ptr<const void>> left;
};

// Never destroyed, since threads that nobody joins may come here at any time.
uses& all_uses()
{
    static uses& only = *new uses;
    return only;
}

// What is registered last is run first when the program exits: so OpenSSL registers its own end before this object does.
struct end_of_program {
    end_of_program()
    {
#if ODRADEK_WITH_OPENSSL
        // With no option at all it returns before it registers anything.
        OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CRYPTO_STRINGS, nullptr);
#endif
    }
    end_of_program(const end_of_program&) = delete;
    end_of_program& operator=(const end_of_program&) = delete;
    ~end_of_program()
    {
        uses& all = all_uses();
        std::unique_lock lock{all.mutex};
        all.ended = true;
        all.changed.wait_for(lock, openssl_use::longest_wait, [&all] { return all.running == 0; });
    }
};

} // namespace

void openssl_use::expect()
{
    static const end_of_program before_openssl_cleans_up;
}

void openssl_use::leave(std::shared_ptr<const void> what)
{
    uses& all = all_uses();
    const std::lock_guard lock{all.mutex};
    all.left.push_back(std::move(what));
}

openssl_use::openssl_use()
{
    expect();
    uses& all = all_uses();
    const std::lock_guard lock{all.mutex};
    granted_ = !all.ended;
    if (granted_) ++all.running;
}

openssl_use::~openssl_use()
{
    if (!granted_) return;
    uses& all = all_uses();
    std::unique_lock lock{all.mutex};
#if ODRADEK_WITH_OPENSSL
    if (all.ended) { // what OpenSSL keeps for this thread is out of its reach when it has cleaned up
        lock.unlock();
        OPENSSL_thread_stop();
        lock.lock();
    }
#endif
    --all.running;
    // With the lock held: the other thread may be the last one of the program.
    all.changed.notify_all();
}

} // namespace odradek::detail
