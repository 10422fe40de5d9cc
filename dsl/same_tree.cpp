#include <algorithm>

#include "dsl/format.hpp"

namespace riskd::dsl {
namespace {

bool same(const Expression& a, const Expression& b);
bool same(const Block& a, const Block& b);
bool same(const Function& a, const Function& b);
bool same(const Statement& a, const Statement& b);

template <typename Part>
bool same_or_none(const std::unique_ptr<Part>& a, const std::unique_ptr<Part>& b) {
    if (a == nullptr || b == nullptr) return a == b;
    return same(*a, *b);
}

bool same(const std::vector<ExpressionPtr>& a, const std::vector<ExpressionPtr>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), same_or_none<Expression>);
}

bool same(const std::vector<Named>& a, const std::vector<Named>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](const Named& x, const Named& y) { return x.text == y.text; });
}

bool same(const Function& a, const Function& b) {
    return same(a.parameters, b.parameters) && same(a.body, b.body);
}

bool same(const Expression& a, const Expression& b) {
    const auto entries = [](const TableEntry& x, const TableEntry& y) {
        return x.key == y.key && same_or_none(x.value, y.value);
    };
    return a.kind == b.kind && a.op == b.op && a.number == b.number && a.flag == b.flag &&
           a.text == b.text && same(a.items, b.items) &&
           std::equal(a.entries.begin(), a.entries.end(), b.entries.begin(), b.entries.end(),
                      entries) &&
           same_or_none(a.function, b.function);
}

bool same(const Statement& a, const Statement& b) {
    const auto branches = [](const Branch& x, const Branch& y) {
        return same_or_none(x.condition, y.condition) && same(x.body, y.body);
    };
    return a.kind == b.kind && same(a.names, b.names) && same(a.targets, b.targets) &&
           same(a.values, b.values) && same(a.body, b.body) &&
           std::equal(a.branches.begin(), a.branches.end(), b.branches.begin(), b.branches.end(),
                      branches) &&
           same_or_none(a.function, b.function);
}

bool same(const Block& a, const Block& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), same_or_none<Statement>);
}

}  // namespace

bool same_tree(const File& a, const File& b) {
    return same(a.body, b.body);
}

}  // namespace riskd::dsl
