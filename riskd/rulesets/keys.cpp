#include "riskd/rulesets/keys.hpp"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <algorithm>
#include <array>
#include <climits>
#include <memory>
#include <vector>

namespace riskd::rulesets {
namespace {

constexpr std::size_t key_bytes = 32;
constexpr std::size_t signature_bytes = 64;

struct FreeKey {
    void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
};
struct FreeContext {
    void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
};
struct FreeBio {
    void operator()(BIO* bio) const noexcept { BIO_free(bio); }
};
using Key = std::unique_ptr<EVP_PKEY, FreeKey>;
using Context = std::unique_ptr<EVP_MD_CTX, FreeContext>;
using Bio = std::unique_ptr<BIO, FreeBio>;

const unsigned char* bytes_of(std::string_view text) noexcept {
    return reinterpret_cast<const unsigned char*>(text.data());
}

std::string base64(const unsigned char* bytes, std::size_t count) {
    std::vector<unsigned char> text(4 * ((count + 2) / 3) + 1);
    const int size = EVP_EncodeBlock(text.data(), bytes, static_cast<int>(count));
    return {text.begin(), text.begin() + size};
}

// Exactly this many bytes, or nothing.
template <std::size_t Count>
std::optional<std::array<unsigned char, Count>> unbase64(std::string_view text) {
    constexpr std::size_t padded = (Count + 2) / 3 * 3;
    if (text.size() != padded / 3 * 4) return std::nullopt;
    std::array<unsigned char, padded> bytes{};
    const int size = EVP_DecodeBlock(bytes.data(), bytes_of(text), static_cast<int>(text.size()));
    // OpenSSL counts what the padding stands for, too.
    const bool filled = text.substr(text.size() - (padded - Count)) ==
                        std::string_view{"=="}.substr(0, padded - Count);
    if (size != static_cast<int>(padded) || !filled) return std::nullopt;
    std::array<unsigned char, Count> made{};
    std::copy_n(bytes.begin(), Count, made.begin());
    return made;
}

Key read_private(std::string_view pem) {
    if (pem.size() > INT_MAX) return nullptr;
    const Bio from{BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))};
    // Without this OpenSSL would ask at the terminal for the password of a protected key.
    const auto no_password = [](char*, int, int, void*) { return 0; };
    Key key{PEM_read_bio_PrivateKey(from.get(), nullptr, no_password, nullptr)};
    if (key == nullptr || EVP_PKEY_id(key.get()) != EVP_PKEY_ED25519) return nullptr;
    return key;
}

std::optional<std::string> public_text(const Key& key) {
    std::array<unsigned char, key_bytes> raw{};
    std::size_t size = raw.size();
    if (EVP_PKEY_get_raw_public_key(key.get(), raw.data(), &size) != 1) return std::nullopt;
    return base64(raw.data(), size);
}

}  // namespace

std::optional<KeyPair> make_keys() {
    const Key key{EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")};
    const Bio to{BIO_new(BIO_s_mem())};
    if (key == nullptr || to == nullptr) return std::nullopt;
    if (PEM_write_bio_PKCS8PrivateKey(to.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) !=
        1) {
        return std::nullopt;
    }
    char* text = nullptr;
    const long size = BIO_get_mem_data(to.get(), &text);
    auto open = public_text(key);
    if (size <= 0 || !open) return std::nullopt;
    return KeyPair{.private_pem = std::string(text, static_cast<std::size_t>(size)),
                   .public_text = std::move(*open)};
}

std::optional<std::string> public_of(std::string_view private_pem) {
    const Key key = read_private(private_pem);
    return key == nullptr ? std::nullopt : public_text(key);
}

bool is_public_key(std::string_view text) {
    return unbase64<key_bytes>(text).has_value();
}

std::optional<std::string> sign(std::string_view private_pem, std::string_view statement) {
    const Key key = read_private(private_pem);
    const Context context{EVP_MD_CTX_new()};
    if (key == nullptr || context == nullptr) return std::nullopt;
    std::array<unsigned char, signature_bytes> made{};
    std::size_t size = made.size();
    const bool well =
        EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
        EVP_DigestSign(context.get(), made.data(), &size, bytes_of(statement), statement.size()) ==
            1;
    if (!well || size != made.size()) return std::nullopt;
    return base64(made.data(), size);
}

bool verifies(std::string_view public_text, std::string_view statement,
              std::string_view signature_text) {
    const auto raw = unbase64<key_bytes>(public_text);
    const auto signature = unbase64<signature_bytes>(signature_text);
    if (!raw || !signature) return false;
    const Key key{EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, raw->data(), raw->size())};
    const Context context{EVP_MD_CTX_new()};
    if (key == nullptr || context == nullptr) return false;
    return EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
           EVP_DigestVerify(context.get(), signature->data(), signature->size(),
                            bytes_of(statement), statement.size()) == 1;
}

}  // namespace riskd::rulesets
