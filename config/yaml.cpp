#include "config/yaml.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

namespace riskd::config {

namespace {

constexpr std::uintmax_t file_bytes_max = 64U << 20;
constexpr std::size_t depth_max = 32;

// Builds our tree from the parser's events: a stack of open lists and maps, the innermost last.
class TreeBuilder : public YAML::EventHandler {
public:
    TreeBuilder(const std::string& file, std::vector<Fault>& faults)
        : file_(file), faults_(faults) {}

    YamlNode take() { return std::move(root_); }

    void OnDocumentStart(const YAML::Mark& /*mark*/) override {}
    void OnDocumentEnd() override {}

    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        add(open_node(YamlNode::Kind::nothing, mark, anchor));
    }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
        refuse(mark, "aliases are not part of this format; write the value again");
        add(open_node(YamlNode::Kind::nothing, mark, 0));
    }
    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& value) override {
        check_tag(mark, tag);
        YamlNode node = open_node(YamlNode::Kind::text, mark, anchor);
        node.text = value;
        node.quoted = tag == "!";
        add(std::move(node));
    }
    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value /*style*/) override {
        check_tag(mark, tag);
        open(open_node(YamlNode::Kind::list, mark, anchor), mark);
    }
    void OnSequenceEnd() override { close(); }
    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value /*style*/) override {
        check_tag(mark, tag);
        open(open_node(YamlNode::Kind::map, mark, anchor), mark);
    }
    void OnMapEnd() override { close(); }

private:
    struct Open {
        YamlNode node;
        bool has_key{};
        std::string key;
        Place key_place;
    };

    Place place(const YAML::Mark& mark) const { return {file_, mark.line + 1, mark.column + 1}; }

    void refuse(const YAML::Mark& mark, std::string message) {
        faults_.push_back({place(mark), std::move(message)});
    }

    void check_tag(const YAML::Mark& mark, const std::string& tag) {
        if (tag.empty() || tag == "?" || tag == "!") return;
        refuse(mark, "tags such as `" + tag + "` are not part of this format");
    }

    YamlNode open_node(YamlNode::Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor) {
        if (anchor != 0) refuse(mark, "anchors are not part of this format");
        YamlNode node;
        node.kind = kind;
        node.place = place(mark);
        return node;
    }

    void open(YamlNode node, const YAML::Mark& mark) {
        if (open_.size() >= depth_max) throw YAML::ParserException(mark, "nested too deeply");
        open_.push_back({std::move(node), false, {}, {}});
    }

    void close() {
        YamlNode node = std::move(open_.back().node);
        open_.pop_back();
        add(std::move(node));
    }

    void add(YamlNode node) {
        if (open_.empty()) {
            root_ = std::move(node);
            return;
        }
        Open& parent = open_.back();
        if (parent.node.kind == YamlNode::Kind::list) {
            // An item that is missing has no place of its own, only that of its list.
            if (node.kind == YamlNode::Kind::nothing) node.place = parent.node.place;
            parent.node.items.push_back(std::move(node));
        } else if (!parent.has_key) {
            if (node.kind != YamlNode::Kind::text) {
                faults_.push_back({node.place, "a key must be a text"});
            }
            parent.has_key = true;
            parent.key = std::move(node.text);
            parent.key_place = std::move(node.place);
        } else {
            // A missing value has no place of its own; its key is where the reader looks.
            if (node.kind == YamlNode::Kind::nothing) node.place = parent.key_place;
            parent.node.entries.push_back(
                {std::move(parent.key), std::move(parent.key_place), std::move(node)});
            parent.has_key = false;
            parent.key.clear();
        }
    }

    std::string file_;
    std::vector<Fault>& faults_;
    std::vector<Open> open_;
    YamlNode root_;
};

}  // namespace

const YamlNode* YamlNode::find(std::string_view key) const noexcept {
    for (const Entry& entry : entries) {
        if (entry.key == key) return &entry.value;
    }
    return nullptr;
}

std::string_view name(YamlNode::Kind kind) noexcept {
    switch (kind) {
        case YamlNode::Kind::nothing: return "nothing";
        case YamlNode::Kind::text: return "a single value";
        case YamlNode::Kind::list: return "a list";
        case YamlNode::Kind::map: return "a map of keys";
    }
    return "";
}

YamlNode parse_yaml(std::string_view text, const std::string& file, std::vector<Fault>& faults) {
    TreeBuilder builder{file, faults};
    try {
        std::istringstream stream{std::string{text}};
        YAML::Parser parser{stream};
        parser.HandleNextDocument(builder);
        YamlNode root = builder.take();
        TreeBuilder second{file, faults};
        if (parser.HandleNextDocument(second)) {
            const YamlNode extra = second.take();
            faults.push_back({extra.place, "one file holds one document"});
        }
        return root;
    } catch (const YAML::Exception& error) {
        const bool placed = !error.mark.is_null();
        const Place at{file, placed ? error.mark.line + 1 : 1, placed ? error.mark.column + 1 : 1};
        faults.push_back({at, "not YAML: " + error.msg});
    } catch (const std::exception& error) {
        faults.push_back({{file, 1, 1}, std::string{"not YAML: "} + error.what()});
    }
    return {};
}

YamlNode load_yaml(const std::string& file, std::vector<Fault>& faults) {
    std::error_code error;
    const auto bytes = std::filesystem::file_size(file, error);
    if (error) {
        faults.push_back({{file, 0, 0}, "cannot be read: " + error.message()});
        return {};
    }
    if (bytes > file_bytes_max) {
        faults.push_back({{file, 0, 0}, "is larger than 64 MiB"});
        return {};
    }
    errno = 0;
    std::ifstream stream{file, std::ios::binary};
    const std::string text{std::istreambuf_iterator<char>{stream}, {}};
    if (!stream) {
        faults.push_back({{file, 0, 0}, std::string{"cannot be read: "} + std::strerror(errno)});
        return {};
    }
    return parse_yaml(text, file, faults);
}

}  // namespace riskd::config
