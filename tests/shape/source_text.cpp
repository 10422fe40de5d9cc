#include "tests/shape/source_text.hpp"

#include <algorithm>
#include <cctype>

namespace riskd::shape {
namespace {

bool is_word(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

enum class Blank { comments, comments_and_literals };

// Walks over C++ text once; what it passes over is copied, blanked or remembered.
class Scanner {
public:
    Scanner(std::string_view text, Blank blank) : text_(text), blank_(blank), out_(text) {}

    std::string run() {
        while (at_ < text_.size()) {
            if (starts("//")) {
                comment_until("\n");
            } else if (starts("/*")) {
                comment_until("*/");
            } else if (text_[at_] == '"') {
                at_raw_string() ? raw_string() : quoted('"');
            } else if (text_[at_] == '\'' && !(at_ > 0 && is_word(text_[at_ - 1]))) {
                quoted('\'');
            } else {
                ++at_;
            }
        }
        return out_;
    }

    std::vector<StringLiteral> literals() && {
        run();
        return std::move(literals_);
    }

private:
    bool starts(std::string_view what) const { return text_.substr(at_, what.size()) == what; }

    void wipe(std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) {
            if (out_[i] != '\n') out_[i] = ' ';
        }
    }

    void comment_until(std::string_view end) {
        const std::size_t found = text_.find(end, at_ + 2);
        const std::size_t after =
            found == std::string_view::npos ? text_.size() : found + (end == "\n" ? 0 : end.size());
        wipe(at_, after);
        at_ = after;
    }

    void keep_literal(std::size_t begin, std::size_t end) {
        const auto line =
            1 + std::count(text_.begin(), text_.begin() + static_cast<long>(begin), '\n');
        literals_.push_back(
            {static_cast<std::size_t>(line), std::string(text_.substr(begin, end - begin))});
        if (blank_ == Blank::comments_and_literals) wipe(begin, end);
    }

    void quoted(char quote) {
        const std::size_t begin = ++at_;
        while (at_ < text_.size() && text_[at_] != quote && text_[at_] != '\n') {
            at_ += text_[at_] == '\\' ? 2U : 1U;
        }
        at_ = std::min(at_, text_.size());
        if (quote == '"') {
            keep_literal(begin, at_);
        } else if (blank_ == Blank::comments_and_literals) {
            wipe(begin, at_);
        }
        ++at_;
    }

    bool at_raw_string() const {
        if (at_ == 0 || text_[at_ - 1] != 'R') return false;
        return at_ == 1 || !is_word(text_[at_ - 2]) || text_[at_ - 2] == '8';
    }

    void raw_string() {
        const std::size_t open = text_.find('(', at_);
        if (open == std::string_view::npos) {
            ++at_;
            return;
        }
        const std::string close = ")" + std::string(text_.substr(at_ + 1, open - at_ - 1)) + "\"";
        const std::size_t found = std::min(text_.find(close, open), text_.size());
        keep_literal(open + 1, found);
        at_ = std::min(found + close.size(), text_.size());
    }

    std::string_view text_;
    Blank blank_;
    std::string out_;
    std::vector<StringLiteral> literals_;
    std::size_t at_{};
};

void blank_preprocessor_lines(std::string& text) {
    std::size_t begin = 0;
    bool continued = false;
    while (begin < text.size()) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        const std::size_t first = text.find_first_not_of(" \t", begin);
        const bool directive = continued || (first < end && text[first] == '#');
        continued = directive && end > begin && text[end - 1] == '\\';
        if (directive)
            std::fill(text.begin() + static_cast<long>(begin),
                      text.begin() + static_cast<long>(end), ' ');
        begin = end + 1;
    }
}

std::string trimmed(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t\n");
    if (first == std::string_view::npos) return {};
    const std::size_t last = text.find_last_not_of(" \t\n");
    return std::string(text.substr(first, last - first + 1));
}

std::string last_word(std::string_view text) {
    std::size_t begin = text.size();
    while (begin > 0 && is_word(text[begin - 1]))
        --begin;
    return std::string(text.substr(begin));
}

// `template <...>` in front of a declaration, taken off.
std::string without_template_heads(std::string head) {
    while (head.rfind("template", 0) == 0) {
        std::size_t at = head.find('<');
        if (at == std::string::npos) return head;
        int depth = 0;
        for (; at < head.size(); ++at) {
            if (head[at] == '<') ++depth;
            if (head[at] == '>' && --depth == 0) break;
        }
        head = trimmed(std::string_view(head).substr(std::min(at + 1, head.size())));
    }
    return head;
}

enum class Block { scope, function, initializer };

// What the brace after `head` opens, outside of any function.
Block block_after(const std::string& whole_head) {
    const std::string head = without_template_heads(whole_head);
    const std::size_t parenthesis = head.find('(');
    for (const char* word : {"namespace", "class", "struct", "union", "enum"}) {
        if (has_word(std::string_view(head).substr(0, parenthesis), word)) return Block::scope;
    }
    if (head.rfind("extern", 0) == 0 && parenthesis == std::string::npos) return Block::scope;
    if (parenthesis == std::string::npos || head.empty()) return Block::initializer;
    const char last = head.back();
    if (last == '=' || last == ',' || last == '(') return Block::initializer;
    if (last == ')' || last == '}') return Block::function;
    const std::string word = last_word(head);
    for (const char* specifier : {"const", "noexcept", "override", "final", "try", "mutable"}) {
        if (word == specifier) return Block::function;
    }
    const std::size_t close = head.rfind(')');
    if (head.find("->", close) != std::string::npos) return Block::function;
    // `Name(...) : member_{` is the list of a constructor, not yet its body.
    for (std::size_t at = head.find(')'); at != std::string::npos; at = head.find(')', at + 1)) {
        std::size_t next = head.find_first_not_of(" \n\t", at + 1);
        if (next != std::string::npos && head.compare(next, 8, "noexcept") == 0) {
            next = head.find_first_not_of(" \n\t", next + 8);
        }
        if (next != std::string::npos && head[next] == ':' && head.compare(next, 2, "::") != 0) {
            return Block::initializer;
        }
    }
    return Block::function;
}

std::size_t matching_brace(const std::string& code, std::size_t open) {
    int depth = 0;
    for (std::size_t at = open; at < code.size(); ++at) {
        if (code[at] == '{') ++depth;
        if (code[at] == '}' && --depth == 0) return at;
    }
    return code.size();
}

std::size_t line_at(const std::string& code, std::size_t at) {
    return 1 + static_cast<std::size_t>(
                   std::count(code.begin(), code.begin() + static_cast<long>(at), '\n'));
}

bool ends_access_label(const std::string& code, std::size_t begin, std::size_t colon) {
    const std::string label = trimmed(std::string_view(code).substr(begin, colon - begin));
    return label == "public" || label == "private" || label == "protected";
}

std::string function_name(const std::string& head) {
    const std::string plain = without_template_heads(head);
    const std::size_t open = plain.find('(');
    const std::string word = last_word(trimmed(std::string_view(plain).substr(0, open)));
    if (word.rfind("TEST", 0) != 0 && word.rfind("BENCHMARK", 0) != 0) return word;
    std::string name;
    for (const char c : plain.substr(open)) {
        if (is_word(c)) name += c;
        if (c == ',') name += '.';
    }
    return name;
}

}  // namespace

std::vector<std::string> lines_of(std::string_view text) {
    std::vector<std::string> lines;
    std::size_t begin = 0;
    while (begin < text.size()) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        lines.emplace_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return lines;
}

std::string without_comments(std::string_view text) {
    return Scanner(text, Blank::comments).run();
}

std::string without_literals(std::string_view text) {
    return Scanner(text, Blank::comments_and_literals).run();
}

std::string plain_code(std::string_view text) {
    std::string code = without_literals(text);
    blank_preprocessor_lines(code);
    return code;
}

bool has_word(std::string_view text, std::string_view word) {
    for (std::size_t at = text.find(word); at != std::string_view::npos;
         at = text.find(word, at + 1)) {
        const std::size_t after = at + word.size();
        const bool begins = at == 0 || !is_word(text[at - 1]) || !is_word(word.front());
        const bool ends = after == text.size() || !is_word(text[after]) || !is_word(word.back());
        if (begins && ends) return true;
    }
    return false;
}

std::vector<StringLiteral> string_literals(std::string_view text) {
    return Scanner(text, Blank::comments).literals();
}

std::vector<Function> functions(std::string_view text) {
    const std::string code = plain_code(text);
    std::vector<Function> found;
    std::size_t head_begin = 0;
    for (std::size_t at = 0; at < code.size(); ++at) {
        const char c = code[at];
        if (c == ';' || c == '}' || (c == ':' && ends_access_label(code, head_begin, at))) {
            head_begin = at + 1;
        }
        if (c != '{') continue;
        const std::string head =
            trimmed(std::string_view(code).substr(head_begin, at - head_begin));
        const Block block = block_after(head);
        if (block == Block::scope) {
            head_begin = at + 1;
            continue;
        }
        const std::size_t close = matching_brace(code, at);
        if (block == Block::function) {
            const std::size_t first = code.find_first_not_of(" \t\n", head_begin);
            const std::size_t line = line_at(code, first);
            found.push_back({function_name(head), line, line_at(code, close) - line + 1});
            head_begin = close + 1;
        }
        at = close;
    }
    return found;
}

}  // namespace riskd::shape
