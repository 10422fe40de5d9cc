// Wrong settings and wrong YAML: one table line each.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/config_wrong_file.hpp"

namespace riskd::config {
namespace {

using testing::ElementsAreArray;

class WrongSettings : public testing::TestWithParam<WrongFile> {};

TEST_P(WrongSettings, says_all_that_is_wrong_and_where) {
    EXPECT_THAT(faults_of(with_right_sections(GetParam().text)),
                ElementsAreArray(GetParam().faults));
}

TEST(RightFile, has_no_fault) {
    EXPECT_THAT(faults_of(with_right_sections("")), testing::IsEmpty());
}

// clang-format off
const std::vector<WrongFile> wrong_settings_files{
    {"unknown_section",
     "nat:\n"
     "  url: nats://a\n",
     {"riskd.yaml:1:1: riskd.yaml has no key `nat`; did you mean `nats`?"}},
    {"unknown_key_with_the_nearest_name",
     "nats:\n"
     "  urll: nats://a\n"
     "  replicsa: 2\n"
     "  zzzzzz: 1\n",
     {"riskd.yaml:2:3: `nats` has no key `urll`; did you mean `url`?",
      "riskd.yaml:3:3: `nats` has no key `replicsa`; did you mean `replicas`?",
      "riskd.yaml:4:3: `nats` has no key `zzzzzz`"}},
    {"section_is_not_a_map",
     "nats: nats://a\n"
     "journal: [a]\n",
     {"riskd.yaml:1:7: `nats` must be a map of keys, not a single value",
      "riskd.yaml:2:10: `journal` must be a map of keys, not a list"}},
    {"value_is_not_a_text",
     "nats:\n"
     "  url: [a, b]\n"
     "  user: { a: b }\n"
     "  replicas:\n",
     {"riskd.yaml:2:8: `nats.url` must be a single value, not a list",
      "riskd.yaml:3:9: `nats.user` must be a single value, not a map of keys",
      "riskd.yaml:4:3: `nats.replicas` has no value"}},
    {"key_written_twice",
     "nats:\n"
     "  user: a\n"
     "  user: b\n"
     "nats:\n"
     "  url: nats://b\n",
     {"riskd.yaml:3:3: `user` is written twice; first at riskd.yaml:2",
      "riskd.yaml:4:1: `nats` is written twice; first at riskd.yaml:1"}},
    {"url_without_scheme",
     "nats:\n"
     "  url: 127.0.0.1:4222\n",
     {"riskd.yaml:2:8: `nats.url` must be nats://host:port or tls://host:port, "
      "several joined by commas"}},
    {"flag_is_yes",
     "nats:\n"
     "  manage_streams: yes\n"
     "  spin: 1\n",
     {"riskd.yaml:2:19: `nats.manage_streams` must be true or false",
      "riskd.yaml:3:9: `nats.spin` must be true or false"}},
    {"number_out_of_range",
     "nats:\n"
     "  replicas: 6\n"
     "limits:\n"
     "  accounts_max: 0\n"
     "  instruments_max: 99999999999999999999\n",
     {"riskd.yaml:2:13: `nats.replicas` must be 1 to 5",
      "riskd.yaml:4:17: `limits.accounts_max` must be 1 to 16000000",
      "riskd.yaml:5:20: `limits.instruments_max` must be 1 to 65536"}},
    {"number_is_not_whole",
     "limits:\n"
     "  checks_per_cycle_max: 5.5\n"
     "board:\n"
     "  nearest_accounts: ten\n",
     {"riskd.yaml:2:25: `limits.checks_per_cycle_max` must be a whole number",
      "riskd.yaml:4:21: `board.nearest_accounts` must be a whole number"}},
    {"duration_without_unit",
     "nats:\n"
     "  reconnect_wait: 100\n"
     "  input_max_age: 90m\n"
     "board:\n"
     "  account_interval: 2h\n"
     "  metrics_interval: 10500us\n",
     {"riskd.yaml:2:19: `nats.reconnect_wait` must be a duration such as 250ms or 7d",
      "riskd.yaml:3:18: `nats.input_max_age` must be whole hours",
      "riskd.yaml:5:21: `board.account_interval` must be 1ms to 1h",
      "riskd.yaml:6:21: `board.metrics_interval` must be whole milliseconds"}},
    {"bytes_in_another_unit",
     "journal:\n"
     "  segment_bytes: 256MB\n"
     "rules:\n"
     "  memory_max_bytes: 1KiB\n",
     {"riskd.yaml:2:18: `journal.segment_bytes` must be bytes such as 268435456 or "
      "256MiB",
      "riskd.yaml:4:21: `rules.memory_max_bytes` must be 1MiB to 4096MiB"}},
    {"word_misspelt",
     "journal:\n"
     "  promise: dsik\n"
     "log:\n"
     "  level: verbose\n",
     {"riskd.yaml:2:12: `journal.promise` must be one of os disk; did you mean "
      "`disk`?",
      "riskd.yaml:4:10: `log.level` must be one of debug info warning error"}},
    {"listen_without_port",
     "http:\n"
     "  listen: 127.0.0.1\n",
     {"riskd.yaml:2:11: `http.listen` must be host:port, or empty for none"}},
    {"listen_port_out_of_range",
     "http:\n"
     "  listen: 127.0.0.1:70000\n",
     {"riskd.yaml:2:11: `http.listen` must be host:port, or empty for none"}},
    {"stream_name_with_points",
     "nats:\n"
     "  subject_prefix: risk..eu\n"
     "  input_stream: RISK.IN\n"
     "  output_stream: RISK_IN\n",
     {"riskd.yaml:2:19: `nats.subject_prefix` must be subject tokens (A-Z a-z 0-9 _ "
      "- and points between)",
      "riskd.yaml:3:17: `nats.input_stream` must be a stream name (A-Z a-z 0-9 _ -)",
      "riskd.yaml:4:3: `nats.output_stream` is the input stream"}},
    {"both_streams_the_same",
     "nats:\n"
     "  output_stream: RISK_IN\n",
     {"riskd.yaml:2:3: `nats.output_stream` is the input stream"}},
    {"password_without_user",
     "nats:\n"
     "  password: secret\n",
     {"riskd.yaml:2:3: `nats.password` without `nats.user`"}},
    {"directory_is_empty",
     "journal:\n"
     "  directory: \"\"\n",
     {"riskd.yaml:2:14: `journal.directory` must not be empty"}},
    {"orders_of_one_account_above_all",
     "limits:\n"
     "  open_orders_max: 10\n"
     "  open_orders_per_account_max: 11\n",
     {"riskd.yaml:3:3: `limits.open_orders_per_account_max` is more than "
      "`limits.open_orders_max`"}},
    {"more_accounts_than_the_limit",
     "limits:\n"
     "  accounts_max: 1\n"
     "accounts:\n"
     "  a: { currency: USDT }\n"
     "  b: { currency: USDT }\n",
     {"riskd.yaml:5:3: 2 are defined, `limits.accounts_max` is 1"}},
    {"aliases_and_anchors",
     "nats: &n\n"
     "  user: a\n"
     "journal: *n\n",
     {"riskd.yaml:1:7: anchors are not part of this format",
      "riskd.yaml:3:10: aliases are not part of this format; write the value again"}},
    {"tags",
     "nats:\n"
     "  user: !!str a\n",
     {"riskd.yaml:2:9: tags such as `tag:yaml.org,2002:str` are not part of this "
      "format"}},
    {"two_documents",
     "nats:\n"
     "  user: a\n"
     "---\n"
     "nats:\n"
     "  user: b\n",
     {"riskd.yaml: reference asset `USDT` is not defined",
      "riskd.yaml:4:1: one file holds one document"}},
    {"file_named_is_missing",
     "instruments_file: nothing.yaml\n"
     "rules_file: [a]\n",
     {"riskd.yaml:1:19: `nothing.yaml` cannot be read: No such file or directory",
      "riskd.yaml:2:13: `rules_file` must be a single value, not a list"}},
    {"not_yaml",
     "nats: { url: a\n",
     {"riskd.yaml:2:7: not YAML: end of map flow not found"}},
    {"root_is_a_list",
     "- a\n",
     {"riskd.yaml:1:1: `riskd.yaml` must be a map of keys, not a list",
      "riskd.yaml:2:1: one file holds one document"}},
};
// clang-format on

INSTANTIATE_TEST_SUITE_P(Table, WrongSettings, testing::ValuesIn(wrong_settings_files),
                         [](const auto& line) { return std::string{line.param.name}; });

}  // namespace
}  // namespace riskd::config
