// The anchors (margin_anchor.hpp) of accounts whose bands are narrow, so that the next price that
// wakes them need ask no rule. Who sleeps on wide bands has none: it is seldom woken. Core thread;
// allocates only while it grows.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "riskd/core/block.hpp"
#include "riskd/core/margin_anchor.hpp"

namespace riskd {

class Anchors {
public:
    struct Row {
        Anchor anchor;
        Block<AnchorSource> sources;
    };

    void keep(AccountId account, const Anchor& anchor, std::span<const AnchorSource> sources);
    void drop(AccountId account);
    // Null: none is kept. Valid until the next change.
    const Row* find(AccountId account) const noexcept;
    std::size_t size() const noexcept { return rows_.size() - free_.size(); }
    void clear();

private:
    BlockStore store_;
    std::vector<std::uint32_t> places_;  // by account: its row's number and one, or nothing
    std::vector<Row> rows_;
    std::vector<std::uint32_t> free_;  // rows that nobody has; their blocks stay with them
};

}  // namespace riskd
