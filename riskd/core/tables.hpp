// The Boost.MultiIndex tables of the ledger. Keys never change after insertion; what changes in
// place is `mutable` or lives in the dense rows, so no modifier can throw an element away.
// Iteration that reaches an output goes through an ordered index only. Rows lie in the ledger's
// store. Core thread only.
#pragma once

#include <boost/multi_index/composite_key.hpp>
#include <boost/multi_index/hashed_index.hpp>
#include <boost/multi_index/key.hpp>
#include <boost/multi_index/ordered_index.hpp>
#include <boost/multi_index/sequenced_index.hpp>
#include <boost/multi_index_container.hpp>

#include "riskd/core/block.hpp"
#include "riskd/core/ids.hpp"
#include "riskd/core/order.hpp"
#include "riskd/core/text.hpp"

namespace riskd {

namespace mi = boost::multi_index;

struct by_id {};
struct by_name {};
struct by_account {};
struct by_age {};

// Names are found by text here; by id they stand in the row itself.
template <typename IdType>
struct NameRow {
    StoredText name;
    IdType id;
};
struct NameOf {
    using result_type = std::string_view;
    template <typename IdType>
    std::string_view operator()(const NameRow<IdType>& row) const noexcept {
        return row.name.view();
    }
};
struct ViewHash {
    std::size_t operator()(std::string_view text) const noexcept { return hash_text(text); }
};
template <typename IdType>
using NameTable =
    mi::multi_index_container<NameRow<IdType>,
                              mi::indexed_by<mi::hashed_unique<mi::tag<by_name>, NameOf, ViewHash>>,
                              BlockAllocator<NameRow<IdType>>>;

struct OrderKeyOf {
    using result_type = OrderKey;
    OrderKey operator()(const OpenOrder& order) const noexcept {
        return {.account = order.account, .id = order.id};
    }
    OrderKey operator()(const Decision& decision) const noexcept {
        return {.account = decision.account, .id = decision.order};
    }
};

using OrderTable = mi::multi_index_container<
    OpenOrder,
    mi::indexed_by<mi::hashed_unique<mi::tag<by_id>, OrderKeyOf, OrderKeyHash>,
                   mi::ordered_unique<mi::tag<by_account>,
                                      mi::key<&OpenOrder::account, &OpenOrder::sequence>>>,
    BlockAllocator<OpenOrder>>;

// Answers already given, oldest first, bounded.
using DecisionTable = mi::multi_index_container<
    Decision,
    mi::indexed_by<mi::hashed_unique<mi::tag<by_id>, OrderKeyOf, OrderKeyHash>,
                   mi::sequenced<mi::tag<by_age>>>,
    BlockAllocator<Decision>>;

// Fingerprints of ids already taken, oldest first, bounded. 128 bits: a false match is not expected
// in the life of the universe of ids a venue makes.
struct Fingerprint {
    std::uint64_t high{};
    std::uint64_t low{};
    friend bool operator==(const Fingerprint&, const Fingerprint&) = default;
};
struct FingerprintHash {
    std::size_t operator()(const Fingerprint& print) const noexcept { return print.low; }
};
using SeenTable = mi::multi_index_container<
    Fingerprint,
    mi::indexed_by<mi::hashed_unique<mi::tag<by_id>, mi::identity<Fingerprint>, FingerprintHash>,
                   mi::sequenced<mi::tag<by_age>>>,
    BlockAllocator<Fingerprint>>;

}  // namespace riskd
