# What the layers stand on. zlib, Asio and threads are always needed; the rest is found or left out, and then using it at
# run time is a clear error that names the option.
find_package(Threads REQUIRED)
find_package(ZLIB REQUIRED)
find_package(PkgConfig REQUIRED)

find_path(ODRADEK_ASIO_INCLUDE_DIR asio.hpp DOC "Folder of standalone Asio (1.22.1 or newer)")
if(NOT ODRADEK_ASIO_INCLUDE_DIR)
  message(FATAL_ERROR "odradek: standalone Asio was not found (Debian: libasio-dev); set ODRADEK_ASIO_INCLUDE_DIR")
endif()

# odradek::asio: standalone Asio as every target that includes it has to see it. clang 19 finds no coroutines in Asio 1.22.1
# unless it is told; g++ accepts the same definitions. Left alone, Asio takes memory from aligned_alloc or from operator new, as the
# first header of each file has it, and files that disagree free what the other kind gave.
add_library(odradek_asio INTERFACE)
add_library(odradek::asio ALIAS odradek_asio)
set_target_properties(odradek_asio PROPERTIES EXPORT_NAME asio)
target_include_directories(odradek_asio SYSTEM INTERFACE $<BUILD_INTERFACE:${ODRADEK_ASIO_INCLUDE_DIR}>)
target_compile_definitions(odradek_asio INTERFACE ASIO_STANDALONE ASIO_HAS_CO_AWAIT ASIO_HAS_STD_COROUTINE
                           ASIO_HAS_STD_ALIGNED_ALLOC)
target_link_libraries(odradek_asio INTERFACE Threads::Threads)

# odradek_optional(<NAME> <pkg-config module> <what it is for>): option ODRADEK_WITH_<NAME>, ON where the module is found, and then
# the target PkgConfig::ODRADEK_<NAME>, for the layer that uses it.
function(odradek_optional name module purpose)
  pkg_check_modules(ODRADEK_${name} QUIET IMPORTED_TARGET ${module})
  set(ODRADEK_${name}_MODULE ${module} CACHE INTERNAL "") # for the package files
  option(ODRADEK_WITH_${name} "${purpose} (${module})" ${ODRADEK_${name}_FOUND})
  if(ODRADEK_WITH_${name} AND NOT ODRADEK_${name}_FOUND)
    message(FATAL_ERROR "odradek: ODRADEK_WITH_${name} is ON, but pkg-config finds no ${module}")
  endif()
endfunction()
odradek_optional(ZSTD libzstd "Compression with zstd")
odradek_optional(LZ4 liblz4 "Compression with lz4")
odradek_optional(SNAPPY snappy "Compression with snappy")
odradek_optional(OPENSSL openssl "TLS, SCRAM and signed tokens")
if(ODRADEK_WITH_OPENSSL) # auth takes digests from it and no TLS
  pkg_check_modules(ODRADEK_CRYPTO REQUIRED QUIET IMPORTED_TARGET libcrypto)
  set(ODRADEK_CRYPTO_MODULE libcrypto CACHE INTERNAL "")
endif()
odradek_optional(GSSAPI libsasl2 "Kerberos, through Cyrus SASL")
odradek_optional(CURL libcurl "Token endpoints over HTTP")
