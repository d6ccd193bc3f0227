// SPDX-License-Identifier: Apache-2.0
// What a program's end does to whoever uses OpenSSL on a thread of its own. Each case is a process that exits.
#include <odradek/auth/openssl_use.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <thread>

#if ODRADEK_WITH_OPENSSL
#include <openssl/crypto.h>
#endif

namespace odradek::test {
namespace {

using detail::openssl_use;

class openssl_use_test : public testing::Test {
protected:
    openssl_use_test() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

void exit_while_it_is_in_use(std::chrono::milliseconds for_how_long)
{
    openssl_use::expect();
    std::promise<void> began;
    std::thread([&began, for_how_long] {
        const openssl_use here;
        began.set_value();
        std::this_thread::sleep_for(for_how_long);
        std::fputs("finished", stderr);
    }).detach();
    began.get_future().wait();
    std::exit(0);
}

void look_when_it_has_ended()
{
    // What is registered first is run last.
    std::atexit([] {
        const openssl_use late;
        std::fputs(late ? "granted" : "refused", stderr);
    });
    if (!openssl_use{}) std::exit(1);
    std::exit(0);
}

TEST_F(openssl_use_test, is_waited_for_at_the_end_of_the_program)
{
    EXPECT_EXIT(exit_while_it_is_in_use(std::chrono::milliseconds{200}), testing::ExitedWithCode(0), "finished");
}

#if ODRADEK_WITH_OPENSSL
void initialise_openssl_in_the_middle()
{
    openssl_use::expect();
    std::promise<void> began;
    std::thread([&began] {
        const openssl_use here;
        OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CRYPTO_STRINGS, nullptr);
        OPENSSL_atexit([] { std::fputs("cleaned up", stderr); });
        began.set_value();
        std::this_thread::sleep_for(std::chrono::milliseconds{200});
        std::fputs("finished, ", stderr);
    }).detach();
    began.get_future().wait();
    std::exit(0);
}

TEST_F(openssl_use_test, ends_before_openssl_cleans_up_which_was_used_by_nobody_before)
{
    EXPECT_EXIT(initialise_openssl_in_the_middle(), testing::ExitedWithCode(0), "finished, cleaned up");
}
#endif

TEST_F(openssl_use_test, is_not_waited_for_without_end)
{
    EXPECT_EXIT(exit_while_it_is_in_use(std::chrono::hours{1}), testing::ExitedWithCode(0), "");
}

TEST_F(openssl_use_test, is_refused_once_openssl_is_about_to_clean_up)
{
    EXPECT_EXIT(look_when_it_has_ended(), testing::ExitedWithCode(0), "refused");
}

TEST_F(openssl_use_test, nests)
{
    const openssl_use outer;
    const openssl_use inner;
    EXPECT_TRUE(outer);
    EXPECT_TRUE(inner);
}

} // namespace
} // namespace odradek::test
