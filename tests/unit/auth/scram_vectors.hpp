// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/auth/scram_keys.hpp>
#include <odradek/protocol/base64.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace odradek::test {

/// One conversation whose messages are known beforehand.
struct scram_vector {
    std::string_view what;
    scram_hash hash;
    std::string_view username;
    std::string_view password;
    std::string_view client_nonce;
    std::string_view server_nonce; ///< What the server adds.
    std::string_view salt;         ///< In base64.
    int iterations;
    bool token_auth;
    std::string_view messages[4];
};

/// RFC 7677 section 3, and the same with SHA-512 and a delegation token, computed with Python's hashlib.
inline constexpr scram_vector scram_vectors[] = {
    {"RFC 7677",
     scram_hash::sha_256,
     "user",
     "pencil",
     "rOprNGfwEbeRWgbNEkqO",
     "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
     "W22ZaJ0SNY7soEsUEjb6gQ==",
     4096,
     false,
     {"n,,n=user,r=rOprNGfwEbeRWgbNEkqO",
      "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
      "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
      "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="}},
    {"SHA-512",
     scram_hash::sha_512,
     "user",
     "pencil",
     "rOprNGfwEbeRWgbNEkqO",
     "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
     "W22ZaJ0SNY7soEsUEjb6gQ==",
     4096,
     false,
     {"n,,n=user,r=rOprNGfwEbeRWgbNEkqO",
      "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
      "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=gMGXRcevScNtxZ6/8lQYpGtnsNAc3mGcmNomv+"
      "xnoOMw+3R2xNJdMNnzMlTN8PPC6wdp6dybEmDYXYTxwnYPJQ==",
      "v=ZQnYEgWQMFmmsM8aQMF0nDDCy/AgCzkwk8CmMZYcMg0vSVlKDanekLtifDSeVGT4+5ZxXnJq199RVG2rR7N7Zw=="}},
    {"a token and a name with a comma",
     scram_hash::sha_512,
     "n=ame,with",
     "p\xc3\xa4ssword",
     "fyko+d2lbbFgONRv9qkxdawL",
     "3rfcNHYJY1ZVvWVs7j",
     "AAECAwQFBgcICQoLDA0ODxAREhMUFRYX",
     8192,
     true,
     {"n,,n=n=3Dame=2Cwith,r=fyko+d2lbbFgONRv9qkxdawL,tokenauth=true",
      "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=AAECAwQFBgcICQoLDA0ODxAREhMUFRYX,i=8192",
      "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=5JFcJP2NKLRP3iWnJZME0dpnCu/"
      "dJjcY595lhs0ddlhnvjSx9Jac432svPQYyaBaz+Hvgjo5oFKXT7K5wgpnmw==",
      "v=sFtyOzL0Tu1O2CyKvCjS2EbaLt2GPMzSfihByT+OOdPuNleCNJyvc/wU/ZskFf97yHjptyW7HjEh7uMCWFm6/w=="}},
};

/// The bytes of a base64 text that is known to be one.
inline std::vector<std::byte> bytes_of(std::string_view base64)
{
    std::vector<std::byte> bytes(base64_size(base64, base64_alphabet::standard).value_or(0));
    (void)from_base64(base64, base64_alphabet::standard, bytes.data());
    return bytes;
}

} // namespace odradek::test
