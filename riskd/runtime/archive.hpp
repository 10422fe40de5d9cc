// Bytes of the journal: three archives that walk the same `fields(archive, x)` description, one to
// write, one to read, one to fingerprint the layout, so the directions cannot drift. Integers are
// little-endian, doubles their bits, texts length-prefixed. The reader distrusts every byte: after
// the first fault it reads zeros and says so at the end. Any thread; only lists read allocate.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "riskd/core/check.hpp"
#include "riskd/core/text.hpp"

namespace riskd::runtime {

static_assert(std::endian::native == std::endian::little, "the journal is little-endian");

// What `fields` gets: const when the archive writes.
template <typename Archive, typename T>
using Described = std::conditional_t<Archive::writes, const T, T>;

// The enumerator names of an enumeration that may be journalled; journal_fields.hpp fills it.
template <typename Enumeration>
struct Enumerators;

template <typename Archive, typename T>
void element(Archive& archive, T& x);

// REQUIRES: the room given is enough for all that is written (journal_codec.cpp bounds it).
class ByteWriter {
public:
    static constexpr bool writes = true;
    explicit ByteWriter(std::byte* room) noexcept : begin_(room), at_(room) {}

    std::size_t size() const noexcept { return static_cast<std::size_t>(at_ - begin_); }

    template <typename Integer>
    void integer(const Integer& value) noexcept {
        std::memcpy(at_, &value, sizeof value);
        at_ += sizeof value;
    }
    void flag(const bool& value) noexcept { integer(static_cast<std::uint8_t>(value)); }
    template <typename Enumeration>
    void enumerator(const Enumeration& value) noexcept {
        integer(static_cast<std::uint8_t>(value));
    }
    template <std::size_t capacity>
    void text(const Text<capacity>& value) noexcept {
        const std::string_view view = value.view();
        integer(static_cast<std::uint8_t>(view.size()));
        std::memcpy(at_, view.data(), view.size());
        at_ += view.size();
    }
    template <typename T>
    void list(const std::vector<T>& items) noexcept {
        integer(static_cast<std::uint32_t>(items.size()));
        for (const T& item : items)
            element(*this, item);
    }
    template <typename... Ts>
    void alternative(const std::variant<Ts...>& value) noexcept {
        integer(static_cast<std::uint8_t>(value.index()));
    }
    void at_most(std::uint64_t, std::uint64_t) noexcept {}

private:
    std::byte* begin_;
    std::byte* at_;
};

class ByteReader {
public:
    static constexpr bool writes = false;
    explicit ByteReader(std::span<const std::byte> bytes) noexcept : left_(bytes) {}

    bool ok() const noexcept { return ok_; }
    bool at_end() const noexcept { return left_.empty(); }

    template <typename Integer>
    void integer(Integer& value) noexcept {
        if (!take(&value, sizeof value)) value = Integer{};
    }
    void flag(bool& value) noexcept {
        std::uint8_t byte{};
        integer(byte);
        at_most(byte, 1);
        value = byte == 1;
    }
    template <typename Enumeration>
    void enumerator(Enumeration& value) noexcept {
        std::uint8_t byte{};
        integer(byte);
        const bool known = byte < Enumerators<Enumeration>::names.size();
        ok_ = ok_ && known;
        value = known ? static_cast<Enumeration>(byte) : Enumeration{};
    }
    template <std::size_t capacity>
    void text(Text<capacity>& value) noexcept {
        static_assert(capacity <= 255);
        value = Text<capacity>{};
        std::uint8_t size{};
        integer(size);
        at_most(size, capacity);
        if (!ok_ || !take(value.bytes.data(), size)) return;
        ok_ = value.view().size() == size;  // a zero inside would read back shorter
    }
    // Grows as items prove to be there: a forged count allocates nothing.
    template <typename T>
    void list(std::vector<T>& items) {
        std::uint32_t count{};
        integer(count);
        items.clear();
        for (std::uint32_t i = 0; i < count && ok_; ++i) {
            if (left_.empty()) fail();
            if (ok_) element(*this, items.emplace_back());
        }
    }
    template <typename... Ts>
    void alternative(std::variant<Ts...>& value) {
        std::uint8_t which{};
        integer(which);
        if (which >= sizeof...(Ts)) fail();
        if (ok_) emplace(value, which, std::index_sequence_for<Ts...>{});
    }
    void at_most(std::uint64_t value, std::uint64_t most) noexcept {
        if (value > most) fail();
    }

private:
    void fail() noexcept { ok_ = false; }
    bool take(void* to, std::size_t size) noexcept {
        if (!ok_ || size > left_.size()) {
            fail();
            return false;
        }
        std::memcpy(to, left_.data(), size);
        left_ = left_.subspan(size);
        return true;
    }
    template <typename Variant, std::size_t... indices>
    static void emplace(Variant& value, std::size_t which, std::index_sequence<indices...>) {
        ((which == indices ? static_cast<void>(value.template emplace<indices>())
                           : static_cast<void>(0)),
         ...);
    }

    std::span<const std::byte> left_;
    bool ok_{true};
};

// Mixes the shape of what it visits into one number: another number means another layout.
class LayoutPrint {
public:
    static constexpr bool writes = false;

    std::uint64_t value() const noexcept { return hash_; }

    template <typename Number>
    void integer(Number&) noexcept {
        mix(std::is_floating_point_v<Number> ? "float" : "integer", sizeof(Number));
    }
    void flag(bool& value) noexcept {
        mix("flag", 1);
        value = true;  // what is written only under a flag is part of the layout
    }
    template <typename Enumeration>
    void enumerator(Enumeration&) noexcept {
        for (const std::string_view name : Enumerators<Enumeration>::names)
            mix(name, 1);
        mix("enumeration", Enumerators<Enumeration>::names.size());
    }
    template <std::size_t capacity>
    void text(Text<capacity>&) noexcept {
        mix("text", capacity);
    }
    template <typename T>
    void list(std::vector<T>&) {
        mix("list", 0);
        visit_default<T>();
    }
    template <typename... Ts>
    void alternative(std::variant<Ts...>&) {
        mix("variant", sizeof...(Ts));
        (visit_default<Ts>(), ...);
    }
    void at_most(std::uint64_t, std::uint64_t) noexcept {}

private:
    template <typename T>
    void visit_default() {
        T value{};
        mix("alternative", 0);
        element(*this, value);
    }
    void mix(std::string_view what, std::size_t size) noexcept {
        hash_ = hash_text(what, hash_ * 31 + size);
    }
    std::uint64_t hash_{};
};

template <typename T>
inline constexpr bool is_list = false;
template <typename T>
inline constexpr bool is_list<std::vector<T>> = true;
template <typename T>
inline constexpr bool is_array = false;
template <typename T, std::size_t count>
inline constexpr bool is_array<std::array<T, count>> = true;
template <typename T>
inline constexpr bool is_variant = false;
template <typename... Ts>
inline constexpr bool is_variant<std::variant<Ts...>> = true;
template <typename T>
inline constexpr bool is_text = false;
template <std::size_t capacity>
inline constexpr bool is_text<Text<capacity>> = true;

// One value of any type that a record may hold.
template <typename Archive, typename T>
void element(Archive& archive, T& x) {
    using Plain = std::remove_const_t<T>;
    if constexpr (std::is_same_v<Plain, bool>) {
        archive.flag(x);
    } else if constexpr (std::is_arithmetic_v<Plain>) {
        archive.integer(x);
    } else if constexpr (std::is_enum_v<Plain>) {
        archive.enumerator(x);
    } else if constexpr (is_text<Plain>) {
        archive.text(x);
    } else if constexpr (is_array<Plain>) {
        for (auto& item : x)
            element(archive, item);
    } else if constexpr (is_list<Plain>) {
        archive.list(x);
    } else if constexpr (is_variant<Plain>) {
        archive.alternative(x);
        std::visit([&archive](auto& held) { element(archive, held); }, x);
    } else if constexpr (requires { typename Plain::raw_type; }) {
        archive.integer(x.raw);
    } else if constexpr (requires { x.ns; }) {
        archive.integer(x.ns);
    } else {
        fields(archive, x);
    }
}

template <typename Archive, typename... Ts>
void elements(Archive& archive, Ts&... xs) {
    (element(archive, xs), ...);
}

}  // namespace riskd::runtime
