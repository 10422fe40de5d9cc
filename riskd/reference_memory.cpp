#include "riskd/reference_memory.hpp"

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
std::uint64_t print_of(const Definition& definition) {
    std::array<std::byte, 2 * sizeof(Definition)> room;
    runtime::ByteWriter writer(room.data());
    runtime::element(writer, definition);
    return hash_text({reinterpret_cast<const char*>(room.data()), writer.size()});
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
void ReferenceMemory::add_missing(const std::vector<Definition>& definitions,
                                  std::vector<EventBody>& bodies) const {
    for (const Definition& definition : definitions) {
        const auto known = prints_.find(key_of(definition));
        const bool same = known != prints_.end() && known->second == print_of(definition);
        if (!same) bodies.emplace_back(definition);
    }
}

std::vector<EventBody> ReferenceMemory::missing(const config::ReferenceSettings& settings) const {
    std::vector<EventBody> bodies;
    add_missing(settings.assets, bodies);
    add_missing(settings.instruments, bodies);
    add_missing(settings.groups, bodies);
    add_missing(settings.accounts, bodies);
    return bodies;
}

}  // namespace riskd::verbs
