// The way of a rule as docs/RULES.md shows it, each of its commands run against a riskd: from an
// empty file to a rule that decides, and back; and a limit that is another one for some time. And a
// ruleset that survives kill -9.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <vector>

#include "riskd/rulesets/keys.hpp"
#include "tests/integration/demo_scene.hpp"
#include "tests/integration/nats_server.hpp"

namespace riskd::tests {
namespace {

using testing::HasSubstr;
using testing::Not;

class RulesetsTest : public DemoScene {
protected:
    void SetUp() override {
        DemoScene::SetUp();
        if (IsSkipped()) return;
        for (const char* folder : {"rules", "config"}) {
            fs::copy(fs::path{RISKD_SOURCE_DIR} / folder, fs::path{directory_} / folder,
                     fs::copy_options::recursive);
        }
        fs::create_directories(directory_ + "/bin");
        fs::create_symlink(fs::absolute(binary_), directory_ + "/bin/riskd");
        ::setenv("RISKD_NATS_URL", nats_.url().c_str(), 1);
        ::setenv("RISKD_HTTP_LISTEN", "", 1);
    }
    void TearDown() override {
        if (riskd_ > 0) ::kill(riskd_, SIGKILL);
        if (riskd_ > 0) ::waitpid(riskd_, nullptr, 0);
        ::unsetenv("RISKD_NATS_URL");
        ::unsetenv("RISKD_HTTP_LISTEN");
        DemoScene::TearDown();
    }

    // A line as a person types it, in the directory of the copies.
    Ended type(const std::string& line) const {
        const std::string command =
            "cd '" + directory_ + "' && PATH=\"$PWD/bin:$PATH\" && { " + line + "\n} 2>&1";
        Ended ended;
        FILE* pipe = ::popen(command.c_str(), "r");
        std::array<char, 4096> part;
        while (std::fgets(part.data(), part.size(), pipe) != nullptr)
            ended.output += part.data();
        ended.status = ::pclose(pipe);
        return ended;
    }
    void expect_well(const std::string& line) const {
        const Ended ended = type(line);
        EXPECT_EQ(ended.status, 0) << line << '\n' << ended.output;
    }
    void replace(const std::string& file, const std::string& what, const std::string& with) const {
        std::string text = read(directory_ + "/" + file);
        const std::size_t at = text.find(what);
        ASSERT_NE(at, std::string::npos) << file << ": " << what;
        write(file, text.replace(at, what.size(), with));
    }
    static std::string read(const std::string& path) {
        std::ifstream file(path);
        std::stringstream text;
        text << file.rdbuf();
        return text.str();
    }

    // As a person does who reads what `riskd rules key` printed.
    void name_signers() const {
        std::string signers;
        for (const std::string name : {"anna", "bert"}) {
            const auto key = rulesets::public_of(read(directory_ + "/" + name + ".pem"));
            ASSERT_TRUE(key) << name;
            signers += (signers.empty() ? "" : ", ") + name + ": \"" + *key + "\"";
        }
        replace("config/riskd.yaml", "signers: {}", "signers: { " + signers + " }");
    }

    void run_riskd() {
        riskd_ = ::fork();
        if (riskd_ != 0) return;
        const std::string command = "cd '" + directory_ + "' && exec bin/riskd run >>log 2>&1";
        ::execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
        ::_exit(127);
    }
    // An order that was accepted, as account/order. The first ones may come before the facts and
    // the price that they need.
    std::string trade(const std::string& name) const {
        write("price.csv", "instrument,mark\nBTC-PERP,50000\n");
        Ended ended;
        for (int i = 0; i < 100; ++i) {
            const std::string order = name + std::to_string(i);
            write("order.csv", "account,order,instrument,side,type,price,quantity\nT1," + order +
                                   ",BTC-PERP,buy,limit,50000,0.1\n");
            expect_well("riskd feed price.csv");
            ended = type("riskd feed order.csv");
            if (ended.output.find("accept: 1") != std::string::npos) return "T1/" + order;
            ::usleep(100'000);
        }
        ADD_FAILURE() << ended.output;
        return "T1/" + name;
    }
    void open_account(const std::string& money) const {
        write("account.csv", "account,currency\nT1,USDT\n");
        write("money.csv", "account,id,asset,amount,kind\nT1,d1,USDT," + money + ",deposit\n");
        expect_well("riskd feed account.csv && riskd feed money.csv");
    }
    // It decides for some, and no longer.
    void expect_canary(const std::string& lines) const {
        expect_well(lines);
        EXPECT_THAT(status(), HasSubstr(R"("canary":null)"));
        EXPECT_THAT(read(directory_ + "/log"), HasSubstr(" decides for a canary from sequence "));
    }
    // What became of an order of 1,500,000 USDT.
    std::string ask_for_much(const std::string& order) const {
        write("price.csv", "instrument,mark\nBTC-PERP,50000\n");
        expect_well("riskd feed price.csv");
        write("order.csv", "account,order,instrument,side,type,price,quantity\nT1," + order +
                               ",BTC-PERP,buy,limit,50000,30\n");
        return type("riskd feed order.csv").output;
    }
    std::string explain(const std::string& decision) const {
        const Ended ended = type("riskd rules explain " + decision);
        EXPECT_EQ(ended.status, 0) << ended.output;
        return ended.output;
    }
    // Until it answers.
    std::string status() const {
        for (int waited = 0; waited < 150; ++waited) {
            const Ended ended = type("riskd rules status");
            if (ended.status == 0) return ended.output;
            ::usleep(200'000);
        }
        return "no answer\n" + read(directory_ + "/log");
    }
    std::string active() const {
        const std::string text = status();
        const std::string key = R"("active":{"hash":")";
        const std::size_t at = text.find(key);
        return at == std::string::npos ? text : text.substr(at + key.size(), 64);
    }

    NatsServer nats_;
    pid_t riskd_{-1};
};

struct Block {
    std::string language;
    std::string text;
};

// The blocks of a part of the manual, in their order.
std::vector<Block> blocks(const std::string& from, const std::string& to) {
    std::ifstream file{RISKD_SOURCE_DIR "/docs/RULES.md"};
    std::vector<Block> found;
    bool within = false;
    bool open = false;
    for (std::string line; std::getline(file, line);) {
        if (!open && line == from) within = true;
        if (!open && line == to) break;
        if (!within) continue;
        if (line.starts_with("```")) {
            if (!open) found.push_back({line.substr(3), {}});
            open = !open;
        } else if (open) {
            found.back().text += line + "\n";
        }
    }
    return found;
}

TEST_F(RulesetsTest, the_manual_leads_from_an_empty_file_to_a_rule_that_decides_and_back) {
    const auto first =
        blocks("## A rule, from an empty file", "## From an edit to the rules that decide");
    ASSERT_EQ(first.size(), 5U);
    write("rules/check/fresh_mark.lua", first[0].text);
    write("rules/check/fresh_mark.scenario", first[2].text);
    // riskd runs with what is shipped, while the edit is made.
    const auto then = blocks("## From an edit to the rules that decide",
                             "## One limit for one account, for some time");
    ASSERT_EQ(then.size(), 8U);
    expect_well(then[0].text);
    name_signers();
    run_riskd();
    const std::string before = active();
    ASSERT_EQ(before.size(), 64U) << before;

    open_account("100000");
    const std::string first_order = trade("before");

    replace("config/riskd.yaml", "    - ../rules/check/restricted_instrument.lua",
            "    - ../rules/check/restricted_instrument.lua\n    - ../rules/check/fresh_mark.lua");
    expect_well(first[1].text);
    expect_well(first[3].text);
    expect_well(first[4].text);
    expect_well(then[2].text);
    expect_well(then[3].text);
    EXPECT_THAT(
        status(),
        HasSubstr(
            R"("candidate_change":"tightens only","candidate_lacks":null,"shadow":{"since":)"));
    expect_canary(then[4].text);
    EXPECT_EQ(active(), before);
    expect_well(then[5].text);
    const std::string after = active();
    EXPECT_THAT(status(), HasSubstr(R"("shadow":null)"));
    EXPECT_NE(after, before);
    EXPECT_THAT(status(), HasSubstr(R"("previous":{"hash":")" + before));
    EXPECT_THAT(read(directory_ + "/new.bundle"), HasSubstr(after));

    const std::string second_order = trade("after");
    ASSERT_EQ(then[7].text, "riskd rules explain A1/o-17\n");
    EXPECT_THAT(explain(first_order), HasSubstr("ruleset " + before + "\naccept\n"));
    EXPECT_THAT(explain(first_order), Not(HasSubstr("check/fresh_mark")));
    const std::string second = explain(second_order);
    EXPECT_THAT(second, HasSubstr("ruleset " + after + "\naccept\n"));
    EXPECT_THAT(second, HasSubstr("check/fresh_mark: passes, used "));
    EXPECT_THAT(second, HasSubstr("    instrument.mark_age "));
    EXPECT_THAT(second, HasSubstr("    params.age_max 5\n"));
    EXPECT_NE(type("riskd rules explain T1/nobody").status, 0);
    EXPECT_NE(type("riskd rules explain 1").status, 0) << "a definition";

    // What decides is in the journal, whatever the files say by now.
    ::kill(riskd_, SIGKILL);
    ::waitpid(riskd_, nullptr, 0);
    run_riskd();
    EXPECT_EQ(active(), after);
    expect_well(then[6].text);
    EXPECT_EQ(active(), before);
}

// Checks go on all the while; whoever asks gets an answer, by the one ruleset or the other.
TEST_F(RulesetsTest, checks_are_answered_while_rulesets_change_under_load) {
    expect_well("riskd rules key anna.pem; riskd rules key bert.pem");
    name_signers();
    run_riskd();
    const std::string before = active();
    replace("config/riskd.yaml", "order_notional: { notional_max: 1000000 }",
            "order_notional: { notional_max: 900000 }");
    expect_well(
        "riskd rules bundle -o tight.bundle && riskd rules sign tight.bundle --name anna --key "
        "anna.pem");
    const Ended ended = type(
        "riskd load --accounts 5000 --in-flight 64 --seconds 6 --rounds 1 --no-echo > load.txt &\n"
        "sleep 1\n"
        "for round in 1 2 3; do\n"
        "  riskd rules stage tight.bundle && riskd rules shadow on && riskd rules canary --share "
        "0.3 && riskd rules activate tight.bundle && riskd rules rollback || exit 1\n"
        "done\n"
        "wait $! && cat load.txt");
    EXPECT_EQ(ended.status, 0) << ended.output;
    EXPECT_THAT(ended.output, HasSubstr("\"applied\":\"ruleset_canary\""));
    const std::string load = read(directory_ + "/load.txt");
    EXPECT_THAT(load, HasSubstr("accept: "));
    EXPECT_THAT(load, Not(HasSubstr("not answered")));
    EXPECT_THAT(load, Not(HasSubstr("reject")));
    EXPECT_EQ(active(), before);
}

// The commands of the manual, with less time; with more where the machine is too slow for that.
TEST_F(RulesetsTest, an_override_lets_one_account_do_more_until_it_ends_by_itself) {
    const auto shown = blocks("## One limit for one account, for some time", "## What a rule says");
    ASSERT_EQ(shown.size(), 1U);
    expect_well("riskd rules key anna.pem; riskd rules key bert.pem");
    name_signers();
    run_riskd();
    const std::string before = active();
    ASSERT_EQ(before.size(), 64U) << before;
    open_account("100000000");
    trade("before");
    EXPECT_THAT(ask_for_much("much-1"), HasSubstr("reject exceeded_max_notional_order_amount: 1"));
    expect_well(
        "riskd rules override --account T1 --parameter order_notional.notional_max "
        "--value 5% --for 1h --reason none -o wrong.override");
    EXPECT_THAT(type("riskd rules stage wrong.override").output,
                HasSubstr("`notional_max` is a money, not a percentage"));
    expect_well("sed 's/5%/2000000/' wrong.override > unsigned.override");
    expect_well("riskd rules stage unsigned.override");
    EXPECT_THAT(type("riskd rules activate unsigned.override").output,
                HasSubstr("it is an override, which two signers must sign; it has 0 signatures"));
    EXPECT_EQ(active(), before);
    bool in_time = false;
    for (const int seconds : {10, 60, 300}) {
        std::string commands = shown[0].text;
        const std::size_t at = commands.find("--for 4h");
        ASSERT_NE(at, std::string::npos);
        commands.replace(at, 8, "--for " + std::to_string(seconds) + "s");
        if (type(commands).status != 0) continue;
        const std::string while_it_lasts = status();
        const std::string answer = ask_for_much("much-2");
        in_time = answer.find("accept: 1") != std::string::npos;
        if (!in_time) continue;
        EXPECT_THAT(while_it_lasts,
                    HasSubstr(R"("overrides":[{"account":"T1","parameter":)"
                              R"("order_notional.notional_max","value":"2000000",)"
                              R"("instead":"1000000","reason":"unwinds a block trade","until":)"));
        EXPECT_THAT(while_it_lasts, HasSubstr(R"("signed_by":["anna","bert"]}]},"previous")"));
        break;
    }
    ASSERT_TRUE(in_time) << read(directory_ + "/log");
    EXPECT_THAT(explain("T1/much-2"), HasSubstr("    params.notional_max 2000000\n"));
    // Nobody does anything.
    for (int waited = 0; waited < 3'500 && active() != before; ++waited)
        ::usleep(100'000);
    EXPECT_EQ(active(), before);
    EXPECT_THAT(status(), HasSubstr(R"("overrides":[]})"));
    EXPECT_THAT(ask_for_much("much-3"), HasSubstr("reject exceeded_max_notional_order_amount: 1"));
    EXPECT_THAT(read(directory_ + "/log"),
                HasSubstr("the override of order_notional.notional_max of account T1 has ended"));

    expect_well(shown[0].text);
    EXPECT_NE(active(), before);
    EXPECT_THAT(type("riskd rules rollback").output, HasSubstr(R"("overrides_ended":1})"));
    EXPECT_EQ(active(), before);
}

TEST_F(RulesetsTest, what_is_not_signed_enough_is_refused_and_nothing_changes) {
    expect_well("riskd rules key anna.pem; riskd rules key bert.pem; riskd rules key eve.pem");
    EXPECT_NE(type("riskd rules key anna.pem").status, 0) << "it is there already";
    name_signers();
    run_riskd();
    const std::string before = active();
    replace("config/riskd.yaml", "order_notional: { notional_max: 1000000 }",
            "order_notional: { notional_max: 2000000 }");
    expect_well("riskd rules bundle -o loose.bundle && cp loose.bundle one.bundle");
    expect_well(
        "riskd rules sign one.bundle --name anna --key anna.pem && cp one.bundle two.bundle");
    const auto refused = [&](const std::string& line, const std::string& why) {
        const Ended ended = type(line);
        EXPECT_NE(ended.status, 0) << line << '\n' << ended.output;
        EXPECT_THAT(ended.output, HasSubstr(why));
        EXPECT_EQ(active(), before);
    };
    refused("riskd rules activate loose.bundle", "there is no candidate");
    expect_well("riskd rules stage one.bundle");
    refused("riskd rules activate one.bundle",
            "it loosens, which two signers must sign; it has 1 signature");
    expect_well("riskd rules sign two.bundle --name bert --key eve.pem");
    refused("riskd rules stage two.bundle", "the signature of `bert` does not hold");
    expect_well("sed 's/\"schema\":1,/\"schema\":99,/' one.bundle > other.bundle");
    refused("riskd rules stage other.bundle", "version 99 of the schema");
    refused("riskd rules rollback", "no ruleset decided before this one");
    expect_well("riskd rules bundle --valid 1s -o late.bundle");
    expect_well("riskd rules sign late.bundle --name anna --key anna.pem");
    expect_well("riskd rules sign late.bundle --name bert --key bert.pem");
    ::usleep(1'100'000);
    expect_well("riskd rules stage late.bundle");
    refused("riskd rules activate late.bundle", "has expired");
}

}  // namespace
}  // namespace riskd::tests
