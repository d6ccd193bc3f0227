// SPDX-License-Identifier: Apache-2.0
//
// librdkafka's side of `bench/compare connect`: clients that connect, ask for metadata, and go or stay.
//
//     bench_connect_librdkafka --library FILE --brokers HOST:PORT [--property NAME=VALUE]... [--times N] [--hold N]
#include "connect_run.hpp"

#include <array>
#include <cstdlib>
#include <dlfcn.h>
#include <iostream>
#include <librdkafka/rdkafka.h>
#include <string>
#include <vector>

namespace {

constexpr int patience_ms = 30'000;

[[noreturn]] void die(const std::string& what)
{
    std::cerr << "bench_connect_librdkafka: " << what << '\n';
    std::exit(1);
}

/// The functions of the library that are used here, by rdkafka.h's types.
struct rdkafka {
    explicit rdkafka(const std::string& file) : handle(dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL))
    {
        if (handle == nullptr) die(dlerror());
        load(conf_new, "rd_kafka_conf_new");
        load(conf_set, "rd_kafka_conf_set");
        load(create, "rd_kafka_new");
        load(destroy, "rd_kafka_destroy");
        load(metadata, "rd_kafka_metadata");
        load(metadata_destroy, "rd_kafka_metadata_destroy");
        load(err2str, "rd_kafka_err2str");
    }

    void* handle;
    decltype(&rd_kafka_conf_new) conf_new;
    decltype(&rd_kafka_conf_set) conf_set;
    decltype(&rd_kafka_new) create;
    decltype(&rd_kafka_destroy) destroy;
    decltype(&rd_kafka_metadata) metadata;
    decltype(&rd_kafka_metadata_destroy) metadata_destroy;
    decltype(&rd_kafka_err2str) err2str;

private:
    template <class Function>
    void load(Function& into, const char* name)
    {
        into = reinterpret_cast<Function>(dlsym(handle, name));
        if (into == nullptr) die(std::string("the library has no ") + name);
    }
};

/// A client that has connected and heard of the cluster.
rd_kafka_t* make(const rdkafka& library, const bench::connect_options& how)
{
    std::array<char, 512> error{};
    rd_kafka_conf_t* conf = library.conf_new();
    auto settings = how.pairs();
    settings.emplace_back("bootstrap.servers", how.brokers);
    for (const auto& [name, value] : settings)
        if (library.conf_set(conf, name.c_str(), value.c_str(), error.data(), error.size()) != RD_KAFKA_CONF_OK)
            die(error.data());
    rd_kafka_t* made = library.create(RD_KAFKA_PRODUCER, conf, error.data(), error.size());
    if (made == nullptr) die(error.data());
    const struct rd_kafka_metadata* found = nullptr;
    if (const auto code = library.metadata(made, 1, nullptr, &found, patience_ms)) die(library.err2str(code));
    library.metadata_destroy(found);
    return made;
}

} // namespace

int main(int argc, char** argv)
{
    bench::connect_options how;
    std::string file;
    CLI::App app("librdkafka's side of compare connect");
    how.add_to(app);
    app.add_option("--library", file)->required();
    CLI11_PARSE(app, argc, argv);

    const rdkafka library{file};
    bench::connect_record record;
    for (std::size_t i = 0; i < how.times; ++i) {
        const auto began = bench::connect_record::clock::now();
        rd_kafka_t* client = make(library, how);
        record.ready_after(bench::connect_record::clock::now() - began);
        library.destroy(client);
    }
    if (how.hold > 0) {
        const std::size_t before = bench::status_bytes("VmRSS");
        std::vector<rd_kafka_t*> clients;
        for (std::size_t i = 0; i < how.hold; ++i) clients.push_back(make(library, how));
        record.holding(clients.size(), before);
        for (rd_kafka_t* one : clients) library.destroy(one);
    }
    record.print("librdkafka");
}
