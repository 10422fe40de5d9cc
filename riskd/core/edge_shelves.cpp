#include "riskd/core/edge_shelves.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace riskd {

namespace {

constexpr int shelf_bits = 9;  // 512 shelves from a price to its double
constexpr std::size_t tidied_at_once = 128;
constexpr std::size_t few = 1'024;

// Rises with the price; shelves of small prices hold one price each.
std::uint32_t shelf_of(Price price) noexcept {
    const auto raw = static_cast<std::uint64_t>(price.raw);
    const int width = static_cast<int>(std::bit_width(raw));
    const int shift = width > shelf_bits + 1 ? width - shelf_bits - 1 : 0;
    return (static_cast<std::uint32_t>(shift) << shelf_bits) +
           static_cast<std::uint32_t>(raw >> shift);
}

bool is_live(const Edge& edge, std::span<const std::uint32_t> turns) noexcept {
    return turns[edge.account] == edge.turn;
}

}  // namespace

bool EdgeShelves::is_left(const Edge& edge, Price mark) const noexcept {
    return side_ == EdgeSide::low ? mark < edge.price : mark > edge.price;
}

// What comes first when the mark moves out is on top of a heap.
bool EdgeShelves::is_farther(const Edge& a, const Edge& b) const noexcept {
    return side_ == EdgeSide::low ? a.price < b.price : a.price > b.price;
}

EdgeShelves::Shelf* EdgeShelves::find_shelf(std::uint32_t number) noexcept {
    if (number < first_ || number - first_ >= shelves_.size()) return nullptr;
    return &shelves_[number - first_];
}

EdgeShelves::Shelf& EdgeShelves::shelf_at(std::uint32_t number) {
    constexpr std::uint32_t spare = 64;
    if (shelves_.empty()) first_ = number;
    if (number < first_) {
        const std::uint32_t from = number > spare ? number - spare : 0;
        std::vector<Shelf> grown(first_ - from + shelves_.size());
        std::move(shelves_.begin(), shelves_.end(),
                  grown.begin() + static_cast<std::ptrdiff_t>(first_ - from));
        shelves_ = std::move(grown);
        tidy_shelf_ = tidy_at_ = 0;
        first_ = from;
    }
    if (number - first_ >= shelves_.size()) shelves_.resize(number - first_ + 1);
    return shelves_[number - first_];
}

void EdgeShelves::order(Shelf& shelf) {
    std::make_heap(shelf.begin(), shelf.end(),
                   [this](const Edge& a, const Edge& b) { return is_farther(a, b); });
}

void EdgeShelves::drop_given_up(Shelf& shelf, std::span<const std::uint32_t> turns) {
    const auto gone = std::remove_if(shelf.begin(), shelf.end(),
                                     [&](const Edge& edge) { return !is_live(edge, turns); });
    size_ -= static_cast<std::size_t>(shelf.end() - gone);
    shelf.erase(gone, shelf.end());
}

void EdgeShelves::put(const Edge& edge, std::span<const std::uint32_t> turns) {
    const std::uint32_t number = shelf_of(edge.price);
    Shelf& shelf = shelf_at(number);
    const bool is_nearest = is_marked_ && number == nearest_;
    if (shelf.size() == shelf.capacity() && !shelf.empty()) {
        drop_given_up(shelf, turns);
        // With little given up it would soon be gone through again.
        if (shelf.size() > shelf.capacity() / 2) shelf.reserve(2 * shelf.capacity());
        if (is_nearest) order(shelf);
    }
    shelf.push_back(edge);
    ++size_;
    if (!is_nearest) return;
    std::push_heap(shelf.begin(), shelf.end(),
                   [this](const Edge& a, const Edge& b) { return is_farther(a, b); });
}

void EdgeShelves::drain(Shelf& shelf, std::vector<Shelf>& shelves) {
    if (shelf.empty()) return;
    size_ -= shelf.size();
    shelves.push_back(std::exchange(shelf, {}));
}

// All edges are on the near side of the mark before, or in its shelf: so what lies between that
// shelf and the mark's is left, and nothing beyond.
void EdgeShelves::leave(Price mark, std::span<const std::uint32_t> turns, std::vector<Edge>& left,
                        std::vector<Shelf>& shelves) {
    const std::uint32_t number = shelf_of(mark);
    const auto end = first_ + static_cast<std::uint32_t>(shelves_.size());
    if (side_ == EdgeSide::low) {
        const std::uint32_t from = is_marked_ ? std::min(nearest_ + 1, end) : end;
        for (std::uint32_t i = std::max(number + 1, first_); i < from; ++i)
            drain(shelves_[i - first_], shelves);
    } else {
        const std::uint32_t from = is_marked_ ? std::max(nearest_, first_) : first_;
        for (std::uint32_t i = std::min(number, end); i-- > from;)
            drain(shelves_[i - first_], shelves);
    }
    Shelf* shelf = find_shelf(number);
    const bool moved = !is_marked_ || number != nearest_;
    is_marked_ = true;
    nearest_ = number;
    if (shelf != nullptr && moved) order(*shelf);
    while (shelf != nullptr && !shelf->empty() && is_left(shelf->front(), mark)) {
        std::pop_heap(shelf->begin(), shelf->end(),
                      [this](const Edge& a, const Edge& b) { return is_farther(a, b); });
        if (is_live(shelf->back(), turns)) left.push_back(shelf->back());
        shelf->pop_back();
        --size_;
    }
    if (size_ > 2 * size_tidied_ + few) tidy(turns);
}

std::uint32_t EdgeShelves::shelf_with(Price price) noexcept {
    return shelf_of(price);
}

PriceSpan EdgeShelves::prices_on(std::uint32_t shelf) noexcept {
    constexpr std::uint32_t fine = 2U << shelf_bits;  // below it each has one price
    if (shelf < fine) return {.first = {shelf}, .last = {shelf}};
    const std::uint32_t shift = (shelf - fine / 2) >> shelf_bits;
    const std::int64_t part = shelf - (shift << shelf_bits);
    return {.first = {part << shift}, .last = {((part + 1) << shift) - 1}};
}

std::span<const Edge> EdgeShelves::edges_on(std::uint32_t shelf) const noexcept {
    if (shelf < first_ || shelf - first_ >= shelves_.size()) return {};
    return shelves_[shelf - first_];
}

std::optional<std::uint32_t> EdgeShelves::find_from(std::uint32_t shelf) const noexcept {
    const auto end = first_ + static_cast<std::uint32_t>(shelves_.size());
    if (side_ == EdgeSide::high) {
        for (std::uint32_t i = std::max(shelf, first_); i < end; ++i)
            if (!shelves_[i - first_].empty()) return i;
        return std::nullopt;
    }
    for (std::uint32_t i = std::min(end, shelf + 1); i > first_; --i)
        if (!shelves_[i - 1 - first_].empty()) return i - 1;
    return std::nullopt;
}

// A few edges each time, until all shelves but the nearest have been gone through.
void EdgeShelves::tidy(std::span<const std::uint32_t> turns) {
    std::size_t looked = 0;
    while (tidy_shelf_ < shelves_.size() && looked < tidied_at_once) {
        Shelf& shelf = shelves_[tidy_shelf_];
        const bool is_nearest = first_ + tidy_shelf_ == nearest_;
        while (!is_nearest && tidy_at_ < shelf.size() && looked < tidied_at_once) {
            ++looked;
            if (is_live(shelf[tidy_at_], turns)) {
                ++tidy_at_;
                continue;
            }
            shelf[tidy_at_] = shelf.back();
            shelf.pop_back();
            --size_;
        }
        if (!is_nearest && tidy_at_ < shelf.size()) return;
        if (shelf.empty()) Shelf{}.swap(shelf);
        ++tidy_shelf_;
        ++looked;
        tidy_at_ = 0;
    }
    if (tidy_shelf_ < shelves_.size()) return;
    tidy_shelf_ = 0;
    size_tidied_ = size_;
}

}  // namespace riskd
