// Prices at which somebody must be woken, on one side of an instrument's mark: a price that falls
// below a low edge, or rises above a high one, takes it out. Put and take cost about the same with
// ten edges or ten million: edges lie on shelves of a thousandth of a price each, and only the
// shelf that the mark is in is kept in order. Edges that were given up stay until they are met,
// tidied away, or would make a shelf grow, so they are never many more than the live ones. Core
// thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "riskd/core/units.hpp"

namespace riskd {

struct Edge {
    Price price;
    std::uint32_t account{};
    std::uint32_t turn{};  // of the account when it was put; another since: given up
};

enum class EdgeSide : std::uint8_t { low, high };

struct PriceSpan {
    Price first;
    Price last;
};

class EdgeShelves {
public:
    explicit EdgeShelves(EdgeSide side) noexcept : side_{side} {}

    // REQUIRES: the price is positive. `turns` by account says which edges are live.
    void put(const Edge& edge, std::span<const std::uint32_t> turns);
    using Shelf = std::vector<Edge>;
    // Takes out every live edge that the mark has left, in no order: whole shelves as they are,
    // with what was given up, the farthest from the mark last.
    void leave(Price mark, std::span<const std::uint32_t> turns, std::vector<Edge>& left,
               std::vector<Shelf>& shelves);

    std::size_t size() const noexcept { return size_; }  // live and given up

    // For a walk away from the mark (nearest_edges.hpp). Shelves have numbers that rise with their
    // prices; from that one on, outwards, the first that has edges; nothing: there is none.
    std::optional<std::uint32_t> find_from(std::uint32_t shelf) const noexcept;
    std::span<const Edge> edges_on(std::uint32_t shelf) const noexcept;
    static std::uint32_t shelf_with(Price price) noexcept;  // REQUIRES: a positive price
    static PriceSpan prices_on(std::uint32_t shelf) noexcept;

private:
    bool is_left(const Edge& edge, Price mark) const noexcept;
    bool is_farther(const Edge& a, const Edge& b) const noexcept;
    Shelf& shelf_at(std::uint32_t number);
    Shelf* find_shelf(std::uint32_t number) noexcept;
    void drain(Shelf& shelf, std::vector<Shelf>& shelves);
    void drop_given_up(Shelf& shelf, std::span<const std::uint32_t> turns);
    void order(Shelf& shelf);
    void tidy(std::span<const std::uint32_t> turns);

    EdgeSide side_;
    std::vector<Shelf> shelves_;
    std::uint32_t first_{};    // number of the first of them
    std::uint32_t nearest_{};  // the mark's shelf at the latest leave(), kept as a heap
    bool is_marked_{};         // there was one
    std::size_t size_{};
    std::size_t size_tidied_{};  // after the latest tidying
    std::size_t tidy_shelf_{};   // where it goes on
    std::size_t tidy_at_{};
};

}  // namespace riskd
