// Random journal records for tests, made by the same field description that the journal uses, and a
// scratch directory that is gone afterwards. Test thread.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <random>
#include <string>

#include "riskd/runtime/journal_codec.hpp"
#include "riskd/runtime/journal_fields.hpp"

namespace riskd::runtime {

// An archive that fills what it visits. Bytes are 0 or 1, which is in range everywhere.
class RandomFill {
public:
    static constexpr bool writes = false;
    explicit RandomFill(std::mt19937_64& random) : random_(random) {}

    template <typename Integer>
    void integer(Integer& value) {
        value = static_cast<Integer>(sizeof value == 1 ? random_() & 1 : random_());
    }
    void flag(bool& value) { value = (random_() & 1) != 0; }
    template <typename Enumeration>
    void enumerator(Enumeration& value) {
        value = static_cast<Enumeration>(random_() % Enumerators<Enumeration>::names.size());
    }
    template <std::size_t capacity>
    void text(Text<capacity>& value) {
        const std::size_t size = random_() % (capacity + 1);
        value = Text<capacity>{};
        for (std::size_t i = 0; i < size; ++i) {
            value.bytes[i] = static_cast<char>('!' + random_() % 90);
        }
    }
    template <typename T>
    void list(std::vector<T>& items) {
        items.clear();
        for (std::size_t left = random_() % 4; left > 0; --left) {
            element(*this, items.emplace_back());
        }
    }
    template <typename... Ts>
    void alternative(std::variant<Ts...>& value) {
        const std::size_t which = random_() % sizeof...(Ts);
        emplace(value, which, std::index_sequence_for<Ts...>{});
    }
    void at_most(std::uint64_t, std::uint64_t) noexcept {}

private:
    template <typename Variant, std::size_t... indices>
    static void emplace(Variant& value, std::size_t which, std::index_sequence<indices...>) {
        ((which == indices ? static_cast<void>(value.template emplace<indices>())
                           : static_cast<void>(0)),
         ...);
    }
    std::mt19937_64& random_;
};

}  // namespace riskd::runtime

namespace riskd::test {

// RISKD_SEED repeats a run.
inline std::uint64_t printed_seed() {
    const char* given = std::getenv("RISKD_SEED");
    const std::uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10)
                                                : std::uint64_t{std::random_device{}()};
    std::cout << "RISKD_SEED=" << seed << '\n';
    return seed;
}

inline runtime::JournalRecord random_record(std::mt19937_64& random, Sequence sequence) {
    runtime::RandomFill fill(random);
    runtime::JournalRecord record;
    runtime::elements(fill, record.event, record.outcome);
    record.event.sequence = sequence;
    return record;
}

inline std::vector<std::byte> bytes_of(const runtime::JournalRecord& record) {
    runtime::ByteBuffer buffer;
    runtime::encode_record(record.event, record.outcome, buffer);
    return {buffer.view().begin(), buffer.view().end()};
}

class ScratchDirectory {
public:
    ScratchDirectory() {
        std::string pattern = (std::filesystem::temp_directory_path() / "riskd-XXXXXX").string();
        path_ = mkdtemp(pattern.data());
    }
    ~ScratchDirectory() { std::filesystem::remove_all(path_); }
    ScratchDirectory(const ScratchDirectory&) = delete;
    ScratchDirectory& operator=(const ScratchDirectory&) = delete;
    const std::string& path() const noexcept { return path_; }

private:
    std::string path_;
};

}  // namespace riskd::test
