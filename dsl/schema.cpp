#include "dsl/schema.hpp"

#include <algorithm>
#include <array>
#include <type_traits>

namespace riskd::dsl {
namespace {

template <typename Type>
constexpr Storage storage_of() noexcept {
    if constexpr (std::is_same_v<Type, double>) {
        return Storage::number;
    } else if constexpr (std::is_same_v<Type, bool>) {
        return Storage::flag;
    } else {
        static_assert(std::is_same_v<Type, std::int32_t>);
        return Storage::enumeration;
    }
}

// Fields whose value is made with the instrument's mark price.
constexpr bool made_with_mark(ViewId view, std::string_view name) noexcept {
    if (view == ViewId::instrument) {
        return name == "mark_price" || name == "mark_age" || name == "index_price" ||
               name == "bid" || name == "ask" || name == "underlying_price";
    }
    if (view == ViewId::exposure) {
        return name == "notional" || name == "unrealized_pnl" ||
               name == "worst_case_notional_after";
    }
    if (view == ViewId::account) return name == "gross_exposure_after";
    if (view == ViewId::group) {
        return name == "gross_exposure" || name == "net_exposure" || name == "gross_exposure_after";
    }
    return false;
}

#define RISKD_AS_FIELD(type, name, unit, doc) \
    FieldInfo{#name,                          \
              Unit::unit,                     \
              storage_of<type>(),             \
              offsetof(View, name),           \
              doc,                            \
              made_with_mark(view_id, #name)},

#define RISKD_VIEW(function, Struct, id, LIST)          \
    constexpr auto function() noexcept {                \
        using View = Struct;                            \
        constexpr ViewId view_id = id;                  \
        static_assert(std::is_standard_layout_v<View>); \
        return std::array{LIST(RISKD_AS_FIELD)};        \
    }

RISKD_VIEW(make_order, OrderView, ViewId::order, RISKD_ORDER_FIELDS)
RISKD_VIEW(make_account, AccountView, ViewId::account, RISKD_ACCOUNT_FIELDS)
RISKD_VIEW(make_instrument, InstrumentView, ViewId::instrument, RISKD_INSTRUMENT_FIELDS)
RISKD_VIEW(make_exposure, ExposureView, ViewId::exposure, RISKD_EXPOSURE_FIELDS)
RISKD_VIEW(make_margin, MarginView, ViewId::margin, RISKD_MARGIN_FIELDS)
RISKD_VIEW(make_collateral, CollateralView, ViewId::collateral, RISKD_COLLATERAL_FIELDS)
RISKD_VIEW(make_position, PositionView, ViewId::position, RISKD_POSITION_FIELDS)
RISKD_VIEW(make_window, WindowView, ViewId::window, RISKD_WINDOW_FIELDS)
RISKD_VIEW(make_group, GroupView, ViewId::group, RISKD_GROUP_FIELDS)
RISKD_VIEW(make_book, BookView, ViewId::book, RISKD_BOOK_FIELDS)
RISKD_VIEW(make_balance, BalanceView, ViewId::balance, RISKD_BALANCE_FIELDS)
RISKD_VIEW(make_book_order, BookOrderView, ViewId::book_order, RISKD_BOOK_ORDER_FIELDS)
#undef RISKD_VIEW
#undef RISKD_AS_FIELD

constexpr auto order_fields = make_order();
constexpr auto account_fields = make_account();
constexpr auto instrument_fields = make_instrument();
constexpr auto exposure_fields = make_exposure();
constexpr auto margin_fields = make_margin();
constexpr auto collateral_fields = make_collateral();
constexpr auto position_fields = make_position();
constexpr auto window_fields = make_window();
constexpr auto group_view_fields = make_group();
constexpr auto book_view_fields = make_book();
constexpr auto balance_fields = make_balance();
constexpr auto book_order_fields = make_book_order();

constexpr std::array<ViewInfo, 12> all_views{{
    {ViewId::order, "order", "`order`: the order being checked", sizeof(OrderView), order_fields},
    {ViewId::account, "account", "`account`: the account before the order", sizeof(AccountView),
     account_fields},
    {ViewId::instrument, "instrument", "`instrument`: what the order is for",
     sizeof(InstrumentView), instrument_fields},
    {ViewId::exposure, "exposure", "`exposure` in check rules: this account in this instrument",
     sizeof(ExposureView), exposure_fields},
    {ViewId::margin, "margin", "`exposure` in margin rules: what is to be margined",
     sizeof(MarginView), margin_fields},
    {ViewId::collateral, "collateral", "`collateral`: one asset of an account",
     sizeof(CollateralView), collateral_fields},
    {ViewId::position, "position", "each of `book.positions`: one position of a book",
     sizeof(PositionView), position_fields},
    {ViewId::window, "window", "`history.<name>`: one declared window", sizeof(WindowView),
     window_fields},
    {ViewId::group, "group", "`group` in check rules: a group the account is in, each by itself",
     sizeof(GroupView), group_view_fields},
    {ViewId::book, "book", "`book` in margin rules: all that an account has on one underlying",
     sizeof(BookView), book_view_fields},
    {ViewId::balance, "balance", "each of `book.balances`: one asset of an account",
     sizeof(BalanceView), balance_fields},
    {ViewId::book_order, "book_order", "each of `book.orders`: one working order of a book",
     sizeof(BookOrderView), book_order_fields},
}};

constexpr std::array<EnumerationInfo, 6> all_enumerations{{
    {"side", Unit::side, false, side_names},
    {"order_type", Unit::order_type, false, order_type_names},
    {"time_in_force", Unit::time_in_force, false, time_in_force_names},
    {"contract_kind", Unit::contract_kind, false, contract_kind_names},
    {"stage", Unit::stage, true, stage_names},
    {"option_right", Unit::option_right, false, right_seen_names},
}};

using Source = RoleParameter::Source;
constexpr std::array<RoleParameter, 7> check_parameters{{
    {"order", Source::view, ViewId::order},
    {"account", Source::view, ViewId::account},
    {"instrument", Source::view, ViewId::instrument},
    {"exposure", Source::view, ViewId::exposure},
    {"group", Source::view, ViewId::group},
    {"history", Source::history, ViewId::window},
    {"params", Source::params, ViewId::order},
}};
constexpr std::array<RoleParameter, 2> margin_parameters{{
    {"exposure", Source::view, ViewId::margin},
    {"params", Source::params, ViewId::order},
}};
constexpr std::array<RoleParameter, 2> portfolio_parameters{{
    {"book", Source::view, ViewId::book},
    {"params", Source::params, ViewId::order},
}};
constexpr std::array<RoleParameter, 2> collateral_parameters{{
    {"collateral", Source::view, ViewId::collateral},
    {"params", Source::params, ViewId::order},
}};
constexpr std::array<RoleParameter, 2> stage_parameters{{
    {"account", Source::view, ViewId::account},
    {"params", Source::params, ViewId::order},
}};

constexpr std::array<RoleInfo, 6> all_roles{{
    {FunctionRole::check, RuleKind::check, "check", "limit(used, allowed) or pass()",
     check_parameters},
    {FunctionRole::margin, RuleKind::margin, "margin",
     "two numbers: initial and maintenance margin", margin_parameters},
    {FunctionRole::portfolio, RuleKind::margin, "portfolio",
     "two numbers: initial and maintenance margin", portfolio_parameters},
    {FunctionRole::collateral, RuleKind::collateral, "collateral",
     "one number: what the asset is worth as margin", collateral_parameters},
    {FunctionRole::stage, RuleKind::liquidation, "stage", "a stage, such as stage.healthy",
     stage_parameters},
    {FunctionRole::close, RuleKind::liquidation, "close",
     "reduce_until(ratio, by.largest_margin_first, step_max, cool_down)", stage_parameters},
}};

constexpr std::array<BuiltinInfo, 14> all_builtins{{
    {"abs", "abs(x)", "x without its sign", "x: number", "number"},
    {"min", "min(a, b, ...)", "the smallest", "a: number, b: number, ...: number", "number"},
    {"max", "max(a, b, ...)", "the largest", "a: number, b: number, ...: number", "number"},
    {"floor", "floor(x)", "the nearest whole number below", "x: number", "number"},
    {"ceil", "ceil(x)", "the nearest whole number above", "x: number", "number"},
    {"sqrt", "sqrt(x)",
     "the square root, of a number or of a unit that is a square; below zero the rule fails",
     "x: number", "number"},
    {"exp", "exp(x)", "e to the power of a number without a unit", "x: number", "number"},
    {"log", "log(x)", "the natural logarithm of a number without a unit; at or below zero it fails",
     "x: number", "number"},
    {"power", "power(x, y)", "x to the power of y, both without a unit; below zero the rule fails",
     "x: number, y: number", "number"},
    {"option_price", "option_price(right, forward, strike, years, volatility)",
     "of a European option by Black-76, not discounted, in the unit of the strike",
     "right: option_right, forward: number, strike: number, years: number, volatility: number",
     "number"},
    {"known", "known(view.field)", "whether a field that may be absent is there", "field: number",
     "flag"},
    {"limit", "return limit(used, allowed)", "the answer of a check rule",
     "used: number, allowed: number", "answer"},
    {"pass", "return pass()", "a check rule has nothing to say about this order", "", "answer"},
    {"reduce_until", "return reduce_until(ratio, by.largest_margin_first, step_max, cool_down)",
     "where a reduction stops; the most of a position in one step (1), seconds between steps "
     "(none)",
     "ratio: number, by: by, step_max: number, cool_down: number", "closing"},
}};

constexpr std::array<WordInfo, 8> all_parameter_kinds{{
    {"ratio", "a share; in YAML 0.05, 5% or 50bp"},
    {"money", "an amount; its unit is \"account\", \"settle\" or \"reference\""},
    {"quantity", "how much of an instrument, or of an asset in a collateral rule"},
    {"price", "per unit, in the settlement asset; of books in the account's currency"},
    {"count", "a whole number"},
    {"duration", "seconds; in YAML 30s, 1d"},
    {"flag", "true or false"},
    {"steps", "a table whose rows begin at rising numbers; :at(x) finds one, :across(x) spreads"},
}};

constexpr std::array<WordInfo, 11> all_rule_entries{{
    {"name", "its name, without the kind: lower-case letters, digits and _"},
    {"kind", "check, margin, collateral or liquidation"},
    {"doc", "one sentence for people"},
    {"reason", "of a reject by a check rule"},
    {"rate_max", "the highest maintenance rate a margin rule ever asks"},
    {"slope_max",
     "the most a maintenance margin moves with the notional, or collateral with its value"},
    {"slope_min", "the least a maintenance margin moves with the notional; 0: it never falls"},
    {"monotone", "true: a ladder that never answers less when an account is worse off"},
    {"params", "the parameters: name = kind { default, at_least, at_most, tighter, doc }"},
    {"history", "windows that riskd keeps for a check rule: name = window { of, over, starts }"},
    {"when", "order types a check rule is about: order_type.limit + order_type.stop_limit"},
}};

}  // namespace

std::span<const ViewInfo> views() noexcept {
    return all_views;
}
const ViewInfo& view(ViewId id) noexcept {
    return all_views[static_cast<std::size_t>(id)];
}

const FieldInfo* find_field(const ViewInfo& in, std::string_view name) noexcept {
    const auto found = std::find_if(in.fields.begin(), in.fields.end(),
                                    [&](const FieldInfo& field) { return field.name == name; });
    return found == in.fields.end() ? nullptr : &*found;
}

std::span<const EnumerationInfo> enumerations() noexcept {
    return all_enumerations;
}

const EnumerationInfo* find_enumeration(std::string_view name) noexcept {
    for (const EnumerationInfo& each : all_enumerations) {
        if (each.name == name) return &each;
    }
    return nullptr;
}

const EnumerationInfo* find_enumeration(Unit unit) noexcept {
    for (const EnumerationInfo& each : all_enumerations) {
        if (each.unit == unit) return &each;
    }
    return nullptr;
}

int enumerator_number(const EnumerationInfo& enumeration, std::string_view name) noexcept {
    for (std::size_t i = 0; i < enumeration.enumerators.size(); ++i) {
        if (enumeration.enumerators[i] == name) return static_cast<int>(i);
    }
    return -1;
}

std::span<const RoleInfo> roles() noexcept {
    return all_roles;
}
const RoleInfo& role(FunctionRole of) noexcept {
    return all_roles[static_cast<std::size_t>(of)];
}
std::span<const BuiltinInfo> builtins() noexcept {
    return all_builtins;
}

std::span<const WordInfo> parameter_kinds() noexcept {
    return all_parameter_kinds;
}
std::span<const WordInfo> rule_entries() noexcept {
    return all_rule_entries;
}

std::vector<std::string_view> written_kinds() {
    std::vector<std::string_view> kinds;
    for (const std::string_view kind : rule_kind_names) {
        const bool written = std::any_of(all_roles.begin(), all_roles.end(), [&](const auto& each) {
            return riskd::name(each.kind) == kind;
        });
        if (written) kinds.push_back(kind);
    }
    return kinds;
}

std::vector<std::string_view> rule_entry_names() {
    std::vector<std::string_view> names;
    for (const WordInfo& each : all_rule_entries)
        names.push_back(each.name);
    for (const RoleInfo& each : all_roles)
        names.push_back(each.name);
    return names;
}

std::vector<std::string_view> names_of(std::span<const FieldInfo> fields) {
    std::vector<std::string_view> names;
    for (const FieldInfo& field : fields)
        names.push_back(field.name);
    return names;
}

std::string view_declarations() {
    std::string out;
    for (const ViewInfo& each : all_views) {
        out += "typedef struct {\n";
        for (const FieldInfo& field : each.fields) {
            out += field.storage == Storage::number ? "  double "
                   : field.storage == Storage::flag ? "  bool "
                                                    : "  int32_t ";
            out += std::string{field.name} + ";\n";
        }
        out += "} riskd_" + std::string{each.name} + "_view;\n";
    }
    return out;
}

}  // namespace riskd::dsl
