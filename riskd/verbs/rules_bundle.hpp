// `riskd rules key`, `bundle` and `sign`: from a configuration to a signed file that a riskd takes.
// None of them reaches a running riskd. Main thread.
#pragma once

#include <string_view>

#include "riskd/verbs/verbs.hpp"

namespace riskd::verbs {

inline constexpr std::string_view rules_key_examples =
    "  riskd rules key anna.pem        # writes the private key, prints the public one\n"
    "Put the public key into the configuration: rules.signers. The file stays with its owner.\n";

inline constexpr std::string_view rules_bundle_examples =
    "  riskd rules bundle -c config/riskd.yaml --note \"tighter collars\" -o new.bundle\n"
    "  riskd rules bundle --valid 12h -o new.bundle\n"
    "The rules and parameters of a configuration as one file, which may be activated until it\n"
    "expires.\n";

inline constexpr std::string_view rules_sign_examples =
    "  riskd rules sign new.bundle --name anna --key anna.pem\n"
    "Adds a signature to a bundle or an override and prints what was signed.\n";

VerbBody declare_rules_key(CLI::App& command);
VerbBody declare_rules_bundle(CLI::App& command);
VerbBody declare_rules_sign(CLI::App& command);

}  // namespace riskd::verbs
