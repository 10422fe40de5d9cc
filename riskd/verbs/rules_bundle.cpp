#include "riskd/verbs/rules_bundle.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <memory>
#include <string>

#include "config/parameters.hpp"
#include "riskd/daemon.hpp"
#include "riskd/rulesets/admission.hpp"
#include "riskd/rulesets/keys.hpp"
#include "riskd/runtime/clock.hpp"
#include "riskd/verbs/file_lists.hpp"

namespace riskd::verbs {
namespace {

constexpr std::size_t key_bytes_max = 64 * 1024;

// Readable by its owner alone, and never over another file.
bool write_private(const std::string& path, const std::string& text) {
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0) return false;
    const ssize_t written = ::write(file, text.data(), text.size());
    return ::close(file) == 0 && written == static_cast<ssize_t>(text.size());
}

int make_key(const std::string& path) {
    const auto keys = rulesets::make_keys();
    if (!keys) return say_failed("no key could be made");
    if (!write_private(path, keys->private_pem))
        return say_failed(path + ": " + std::strerror(errno));
    std::printf("%s\n", keys->public_text.c_str());
    return exit_well;
}

struct BundleOptions {
    std::string config{"config/riskd.yaml"};
    std::string file;
    std::string note;
    std::string valid{"7d"};
};

int make_bundle(const BundleOptions& options) {
    const auto seconds = config::parse_number(options.valid);
    if (!seconds || *seconds <= 0 || *seconds > 366 * 86'400.0) {
        return say_failed("`--valid` is a time up to a year: 12h, 7d");
    }
    const auto loaded = load_all(options.config);
    if (!loaded) return exit_bad_start;
    rulesets::Bundle bundle = rulesets::bundle_of(loaded->settings.rules, *loaded->rulebook);
    bundle.note = options.note;
    bundle.expires = runtime::machine_time() + Duration{static_cast<std::int64_t>(*seconds * 1e9)};
    const std::string text = rulesets::write(bundle);
    // What a riskd would say of it later is better said now.
    const auto admission = rulesets::admit(text, loaded->settings.rules);
    if (admission.ruleset == nullptr) return say_failed(admission.fault);
    std::ofstream file(options.file, std::ios::binary | std::ios::trunc);
    if (!(file << text).flush()) return say_failed(options.file + ": " + std::strerror(errno));
    std::printf("%s\n", bundle.hash.c_str());
    return exit_well;
}

struct SignOptions {
    std::string bundle;
    std::string name;
    std::string key;
};

// Signs what was read, which has a statement and signatures, and writes it back.
template <typename Signed>
int sign_and_write(Signed& made, const SignOptions& options) {
    const std::string statement = rulesets::statement(made);
    auto signature = rulesets::sign(text_of(options.key, key_bytes_max), statement);
    if (!signature) return say_failed(options.key + " is no private key of `riskd rules key`");
    std::erase_if(made.signatures, [&](const auto& each) { return each.name == options.name; });
    made.signatures.push_back({.name = options.name, .text = std::move(*signature)});
    std::ofstream file(options.bundle, std::ios::binary | std::ios::trunc);
    if (!(file << rulesets::write(made)).flush()) {
        return say_failed(options.bundle + ": " + std::strerror(errno));
    }
    std::fputs(statement.c_str(), stdout);
    return exit_well;
}

int sign_file(const SignOptions& options) {
    const std::string text = text_of(options.bundle, rulesets::bundle_bytes_max);
    if (rulesets::is_override(text)) {
        rulesets::OverrideRead read = rulesets::read_override(text);
        if (!read.made) return say_failed(options.bundle + ": " + read.fault);
        return sign_and_write(*read.made, options);
    }
    rulesets::BundleRead read = rulesets::read(text);
    if (!read.bundle) return say_failed(options.bundle + ": " + read.fault);
    return sign_and_write(*read.bundle, options);
}

}  // namespace

VerbBody declare_rules_key(CLI::App& command) {
    auto path = std::make_shared<std::string>();
    command.add_option("file", *path, "where the private key goes; must not exist")->required();
    return [path] { return make_key(*path); };
}

VerbBody declare_rules_bundle(CLI::App& command) {
    auto options = std::make_shared<BundleOptions>();
    command.add_option("-c,--config", options->config, "the main configuration file")
        ->capture_default_str();
    command.add_option("-o,--output", options->file, "the bundle to write")->required();
    command.add_option("--note", options->note, "why, for those who sign and for the record");
    command.add_option("--valid", options->valid, "for how long it may be activated")
        ->capture_default_str();
    return [options] { return make_bundle(*options); };
}

VerbBody declare_rules_sign(CLI::App& command) {
    auto options = std::make_shared<SignOptions>();
    command.add_option("bundle", options->bundle, "the bundle or override to sign")
        ->required()
        ->check(CLI::ExistingFile);
    command.add_option("--name", options->name, "the signer, as in rules.signers")->required();
    command.add_option("--key", options->key, "file of the private key")
        ->required()
        ->check(CLI::ExistingFile);
    return [options] { return sign_file(*options); };
}

}  // namespace riskd::verbs
