// One walk over a rule's tree with the types known so far. The units of locals that begin as plain
// numbers are found by walking again until nothing new is learnt. Internal to the checker.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dsl/ast.hpp"
#include "dsl/checker.hpp"
#include "dsl/declaration.hpp"
#include "dsl/type.hpp"

namespace riskd::dsl {

// The unit a local got from what was assigned to it later.
using LearntTypes = std::map<const Statement*, Type>;

// Expressions looked at, over all walks and all units that local functions are called with. A rule
// made to take long would need seconds; the largest that is shipped needs 1,772.
inline constexpr int looks_max = 50'000;

class CheckerPass {
public:
    CheckerPass(CheckedRule& rule, LearntTypes& learnt, int& looks, Diagnostics& diagnostics)
        : rule_(rule), learnt_(learnt), looks_(looks), diagnostics_(diagnostics) {}

    void run();
    bool learnt_more() const noexcept { return learnt_more_; }

private:
    enum class NameKind : std::uint8_t { local, loop, parameter, constant };
    struct Binding {
        std::string name;
        Span at;
        NameKind kind{};
        Type type;
        const Statement* made_by{};
        std::optional<double> constant;
        bool used{};
    };
    struct LocalFunction {
        std::string name;
        Span at;
        const Function* function{};
        std::size_t constants{};  // constants of the file that stand before it
        bool used{};
        std::vector<std::pair<std::vector<Type>, Type>> instances;
    };
    // What `return` must give in the function being walked.
    struct Frame {
        const RoleInfo* role{};        // null: a local function
        std::optional<Type> returned;  // local functions: what was returned so far
        std::string_view name;
        int loops{};
    };

    // The file.
    void file_local(Statement& statement);
    void file_function(Statement& statement);
    void rule_functions();
    void role_function(const RuleDeclaration::Role& role);
    void unused_names();
    bool name_is_free(const Named& name);

    // Statements.
    void function_block(const Function& function, Frame& frame);
    void block(const Block& statements, Frame& frame);
    void statement(Statement& statement, Frame& frame);
    void local(Statement& statement);
    void assign(Statement& statement);
    void branch(Statement& statement, Frame& frame);
    void loop(Statement& statement, Frame& frame);
    void walk(Statement& statement, Frame& frame);
    Type walked(Statement& statement);
    void give_back(Statement& statement, Frame& frame);
    void give_back_role(Statement& statement, const RoleInfo& role);
    void give_back_value(Statement& statement, Frame& frame);
    void expect_number(Expression& value, const Type& wanted, const std::string& what);
    void close_scope(std::size_t size);
    void bind(Binding binding);

    // Expressions.
    Type expression(Expression& e);
    Type value(Expression& e);   // a number, flag or enumerator
    Type number(Expression& e);  // a number
    void condition(Expression& e);
    Type name_expression(Expression& e);
    Type field_expression(Expression& e);
    Type view_field(Expression& e, ViewId view, std::string_view shown);
    Type parameter_field(Expression& e);
    Type window_of(Expression& e);
    Type window_field(Expression& e, int window);
    Type column_field(Expression& e, const Type& row);
    Type enumerator(Expression& e, std::string_view enumeration);
    Type method_expression(Expression& e);
    Type unary_expression(Expression& e);
    Type binary_expression(Expression& e);
    Type comparison(Expression& e);
    Type arithmetic(Expression& e);
    Type call_expression(Expression& e);
    Type builtin_call(Expression& e, std::string_view name);
    Type known_call(Expression& e);
    Type parameter_type(Unit unit) const noexcept;
    Type plain_call(Expression& e, std::string_view name);
    Type option_call(Expression& e);
    Type limit_call(Expression& e);
    Type extreme_call(Expression& e, std::string_view name);
    Type closing_call(Expression& e);
    Type function_call(Expression& e, LocalFunction& function);
    Type instance(LocalFunction& function, const std::vector<Type>& arguments, Span at);
    bool has_arguments(const Expression& e, std::size_t least, std::size_t most);
    std::optional<double> constant(const Expression& e) const noexcept;

    Binding* find(std::string_view name) noexcept;
    LocalFunction* find_function(std::string_view name) noexcept;
    Type refuse(Span at, std::string message);
    bool is_broken(std::string_view name) const noexcept;
    void unused(Span at, std::string message);
    Type unknown_name(Span at, std::string_view name);

    CheckedRule& rule_;
    LearntTypes& learnt_;
    int& looks_;
    Diagnostics& diagnostics_;
    std::vector<Binding> scope_;
    std::size_t file_names_{};          // of scope_, how many are the file's
    std::size_t visible_file_names_{};  // of these, how many the current function sees
    std::size_t first_local_{};         // of scope_, where the current function begins
    std::vector<LocalFunction> functions_;
    std::size_t visible_functions_{};
    int instances_{};
    bool learnt_more_{};
};

// Whether every path through the block ends in a return.
bool always_returns(const Block& block) noexcept;

// `a.b`, or `a` when it is only a name; empty when it is neither.
std::string dotted(const Expression& expression);

}  // namespace riskd::dsl
