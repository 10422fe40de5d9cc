// Ed25519 keys (RFC 8032) of those who may sign a ruleset, made and used by OpenSSL. Private keys
// are PEM texts and stay with their owner; public ones are 32 bytes in base64, as the configuration
// holds them. Pure functions; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace riskd::rulesets {

struct KeyPair {
    std::string private_pem;
    std::string public_text;
};

// Nothing when the machine has no randomness to give.
std::optional<KeyPair> make_keys();
// Nothing when the text is not a private key of this kind.
std::optional<std::string> public_of(std::string_view private_pem);
bool is_public_key(std::string_view public_text);

// In base64; nothing when the text is not a private key of this kind.
std::optional<std::string> sign(std::string_view private_pem, std::string_view statement);
// False too when the key or the signature cannot be read.
bool verifies(std::string_view public_text, std::string_view statement,
              std::string_view signature_text);

}  // namespace riskd::rulesets
