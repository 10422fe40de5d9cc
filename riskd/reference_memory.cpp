#include "riskd/reference_memory.hpp"

#include <algorithm>
#include <type_traits>

#include "riskd/runtime/journal_fields.hpp"

namespace riskd::verbs {
namespace {

template <typename Body>
constexpr char kind_of() {
    if constexpr (std::is_same_v<Body, AssetDefinition>) return 'a';
    if constexpr (std::is_same_v<Body, InstrumentDefinition>) return 'i';
    if constexpr (std::is_same_v<Body, GroupDefinition>) return 'g';
    if constexpr (std::is_same_v<Body, AccountDefinition>) return 'c';
    return 0;
}

template <typename Definition>
std::string key_of(const Definition& definition) {
    return kind_of<Definition>() + std::string(definition.name.view());
}

template <typename Definition>
constexpr bool has_status = requires(Definition definition) {
    definition.status;
};

template <typename Definition>
std::uint64_t print_of(Definition definition) {
    if constexpr (has_status<Definition>) definition.status = {};
    std::array<std::byte, 2 * sizeof(Definition)> room;
    runtime::ByteWriter writer(room.data());
    runtime::element(writer, definition);
    return hash_text({reinterpret_cast<const char*>(room.data()), writer.size()});
}

// Nothing when the ledger does not know it yet.
std::optional<InstrumentStatus> current_status(const InstrumentDefinition& definition,
                                               const Ledger& ledger) {
    const InstrumentId id = ledger.find_instrument(definition.name.view());
    if (!is_known(id)) return std::nullopt;
    return ledger.instrument(id).terms.status;
}
std::optional<AccountStatus> current_status(const AccountDefinition& definition,
                                            const Ledger& ledger) {
    const AccountId id = ledger.find_account(definition.name.view());
    if (!is_known(id)) return std::nullopt;
    return ledger.account(id).status;
}

}  // namespace

void ReferenceMemory::learn(const Event& event) {
    if (event.stream_sequence != 0) return;  // from the stream, not from the files
    std::visit(
        [this](const auto& body) {
            if constexpr (kind_of<std::remove_cvref_t<decltype(body)>>() != 0) {
                prints_[key_of(body)] = print_of(body);
            }
        },
        event.body);
}

template <typename Definition>
void ReferenceMemory::add_missing(const std::vector<Definition>& definitions, const Ledger& ledger,
                                  std::vector<EventBody>& bodies) const {
    for (Definition definition : definitions) {
        const auto known = prints_.find(key_of(definition));
        bool same = known != prints_.end() && known->second == print_of(definition);
        if constexpr (has_status<Definition>) {
            // The enumerators stand in rising strictness.
            const auto current = current_status(definition, ledger);
            if (current) definition.status = std::max(definition.status, *current);
            same = same && current && definition.status == *current;
        }
        if (!same) bodies.emplace_back(definition);
    }
}

std::vector<EventBody> ReferenceMemory::missing(const config::ReferenceSettings& settings,
                                                const Ledger& ledger) const {
    std::vector<EventBody> bodies;
    add_missing(settings.assets, ledger, bodies);
    add_missing(settings.instruments, ledger, bodies);
    add_missing(settings.groups, ledger, bodies);
    add_missing(settings.accounts, ledger, bodies);
    return bodies;
}

}  // namespace riskd::verbs
