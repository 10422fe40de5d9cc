// The tree of a parsed rule file. Wider than the language: what the checker refuses (texts, nil,
// tables in a body) is kept, so that it can be refused with its place. Depth is bounded by the
// parser, so walking and freeing it need no more stack than that. Load time only.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "dsl/lexer.hpp"
#include "dsl/source.hpp"

namespace riskd::dsl {

struct Expression;
struct Function;
using ExpressionPtr = std::unique_ptr<Expression>;

struct TableEntry {
    std::string key;  // empty: by position
    Span at;          // of the key, or of the value
    ExpressionPtr value;
};

// What the checker found a name, field or call to be; the emitter writes it.
enum class Meaning : std::uint8_t {
    none,
    local,         // a local, constant or function parameter
    number_field,  // of a view or a window; may be absent
    plain_field,   // a flag or an enumeration of a view
    parameter,     // `number` is its place in the declaration
    flag_parameter,
    row,            // params.<steps>:at(x)
    spread,         // params.<steps>:across(x)
    column,         // of a row; `number` is its place in the row
    spread_column,  // of a spread, the same
    enumerator,     // `number` is its value
    builtin,
    function,  // a local function of the file
};

struct Expression {
    // clang-format off
    enum class Kind : std::uint8_t {
        number, text, flag, nil, name,
        field,   // items[0] . text
        call,    // items[0] ( items[1..] )
        method,  // items[0] : text ( items[1..] )
        unary,   // op items[0]
        binary,  // items[0] op items[1]
        table,   // entries
        function,
        group,   // ( items[0] )
    };
    // clang-format on
    Kind kind{};
    Token op{};
    int weight{1};   // depth, and what is held while a later part is computed
    Span at;         // where a message about it points
    int end_line{};  // behind the last token
    int end_column{};
    double number{};
    bool flag{};
    std::string text;
    std::vector<ExpressionPtr> items;
    std::vector<TableEntry> entries;
    std::unique_ptr<Function> function;
    Meaning meaning{};
    int meaning_number{-1};
};

struct Statement;
using Block = std::vector<std::unique_ptr<Statement>>;

struct Named {
    std::string text;
    Span at;
};

struct Branch {
    ExpressionPtr condition;  // null: else
    Span at;
    Block body;
};

struct Statement {
    // clang-format off
    enum class Kind : std::uint8_t {
        local,           // names[0] = values[0]
        assign,          // targets and values
        branch,          // if, elseif, else
        give_back,       // return values
        loop,            // for names[0] = values[0], values[1] [, values[2]]
        each,            // for names in values
        leave,           // break
        block,           // do ... end
        call,            // an expression for its effect
        local_function,  // local function names[0]
        refused,         // already reported
    };
    // clang-format on
    Kind kind{};
    Span at;
    int end_line{};  // behind the last token
    int end_column{};
    std::vector<Named> names;
    std::vector<ExpressionPtr> targets;
    std::vector<ExpressionPtr> values;
    std::vector<Branch> branches;
    Block body;
    std::unique_ptr<Function> function;
    double turns{};  // of a loop with limits known at load, at most; found by the checker
};

struct Function {
    Span at;  // of the word `function`
    int end_line{};
    int end_column{};
    std::vector<Named> parameters;
    Block body;
};

// A whole file: local constants and functions, then one `rule { ... }`.
struct File {
    Block body;
};

}  // namespace riskd::dsl
