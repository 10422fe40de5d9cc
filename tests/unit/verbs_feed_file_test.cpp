#include "riskd/verbs/feed_file.hpp"

#include <gtest/gtest.h>
#include <zlib.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace riskd::verbs {
namespace {

using feeds::Topic;

class FeedFileTest : public testing::Test {
protected:
    FeedFileTest() {
        std::string pattern =
            (std::filesystem::temp_directory_path() / "riskd-feed-XXXXXX").string();
        directory_ = ::mkdtemp(pattern.data());
    }
    ~FeedFileTest() override {
        std::error_code ignored;
        std::filesystem::remove_all(directory_, ignored);
    }
    std::string write(const std::string& text) {
        const std::string path = directory_ + "/rows.csv";
        std::ofstream(path) << text;
        return path;
    }
    std::string write_gzipped(const std::string& text) {
        const std::string path = directory_ + "/rows.csv.gz";
        gzFile file = gzopen(path.c_str(), "wb");
        gzwrite(file, text.data(), static_cast<unsigned>(text.size()));
        gzclose(file);
        return path;
    }
    std::vector<FeedRow> rows(const std::string& path, FeedFileOptions options = {}) {
        std::vector<FeedRow> made;
        std::string error;
        file_ = FeedFile{};
        EXPECT_TRUE(file_.open(path, std::move(options), error)) << error;
        FeedRow row;
        while (file_.next(row))
            made.push_back(row);
        return made;
    }
    std::string open_error(const std::string& text, FeedFileOptions options = {}) {
        FeedFile file;
        std::string error;
        EXPECT_FALSE(file.open(write(text), std::move(options), error));
        return error.substr(error.find(": ") + 2);
    }

    std::string directory_;
    FeedFile file_;
};

TEST_F(FeedFileTest, price_rows_leave_their_time_out_unless_it_is_kept) {
    const std::string path = write("time,instrument,mark,bid,ask\n17,BTC-PERP,50000.5,,50001\n");
    auto made = rows(path);
    ASSERT_EQ(made.size(), 1U);
    EXPECT_EQ(made[0].time_ns, 17);
    EXPECT_EQ(made[0].topic, Topic::in_price);
    EXPECT_EQ(made[0].token, "BTC-PERP");
    EXPECT_EQ(made[0].payload, R"({"mark":"50000.5","ask":"50001"})");
    FeedFileOptions kept;
    kept.keep_time = true;
    EXPECT_EQ(rows(path, kept).at(0).payload, R"({"mark":"50000.5","ask":"50001","time":17})");
}

TEST_F(FeedFileTest, the_header_tells_what_the_rows_are) {
    struct Case {
        const char* text;
        Topic topic;
        const char* token;
        const char* payload;
    };
    for (const Case& each : {
             Case{"account,fill,order,instrument,side,price,quantity\nA1,f,o,I,buy,1,2\n",
                  Topic::in_fill, "A1",
                  R"({"fill":"f","order":"o","instrument":"I","side":"buy","price":"1",)"
                  R"("quantity":"2"})"},
             Case{"account,order,instrument,side,type,price,quantity,reduce_only\n"
                  "A1,o,I,buy,limit,1,2,true\n",
                  Topic::check, "A1",
                  R"({"order":"o","instrument":"I","side":"buy","type":"limit","price":"1",)"
                  R"("quantity":"2","reduce_only":true})"},
             Case{"account,id,order,event\nA1,u,o,done\n", Topic::in_order, "A1",
                  R"({"id":"u","order":"o","event":"done"})"},
             Case{"account,id,asset,amount,kind\nA1,d,USDT,5,deposit\n", Topic::in_balance, "A1",
                  R"({"id":"d","asset":"USDT","amount":"5","kind":"deposit"})"},
             Case{"id,from,to,asset,amount\nt,A1,A2,USDT,5\n", Topic::in_transfer, "",
                  R"({"id":"t","from":"A1","to":"A2","asset":"USDT","amount":"5"})"},
             Case{"instrument,id,rate,price\nI,fu,0.0001,5\n", Topic::in_funding, "I",
                  R"({"id":"fu","rate":"0.0001","price":"5"})"},
             Case{"instrument,id,index,paid\nI,fi,1.5,true\n", Topic::in_funding_index, "I",
                  R"({"id":"fi","index":"1.5","paid":true})"},
             Case{"account,id,instrument,leverage\nA1,l,I,20\n", Topic::in_leverage, "A1",
                  R"({"id":"l","instrument":"I","leverage":"20"})"},
             Case{"instrument,id,period,price\nI,fu,1h,5\n", Topic::in_funding, "I",
                  R"({"id":"fu","period":"1h","price":"5"})"},
             Case{"account,id,instrument,amount\nA1,m,I,-20\n", Topic::in_margin, "A1",
                  R"({"id":"m","instrument":"I","amount":"-20"})"},
             Case{"account,currency,group\nA1,USDT,\"retail\"\n", Topic::in_account, "A1",
                  R"({"currency":"USDT","group":"retail"})"},
         }) {
        const auto made = rows(write(each.text));
        ASSERT_EQ(made.size(), 1U) << each.text << file_.error();
        EXPECT_EQ(made[0].topic, each.topic) << each.text;
        EXPECT_EQ(made[0].token, each.token) << each.text;
        EXPECT_EQ(made[0].payload, each.payload);
        EXPECT_FALSE(made[0].time_ns.has_value());
    }
}

constexpr const char* candles =
    "open_time_ms,open,high,low,close,volume\n"
    "60000,100.26,110,90,105.0,7\n"
    "120000,105,106,80,85,7\n";

TEST_F(FeedFileTest, candles_become_four_prices_in_a_likely_order) {
    FeedFileOptions options;
    options.instrument = "BTC-PERP";
    const auto made = rows(write_gzipped(candles), options);
    ASSERT_EQ(made.size(), 8U) << file_.error();
    const char* marks[] = {"100.26", "90", "110", "105.0", "105", "106", "80", "85"};
    for (std::size_t i = 0; i < made.size(); ++i) {
        EXPECT_EQ(made[i].payload, R"({"mark":")" + std::string{marks[i]} + "\"}");
        EXPECT_EQ(made[i].token, "BTC-PERP");
    }
    EXPECT_EQ(made[0].time_ns, 75'000'000'000 - 1);
    EXPECT_EQ(made[3].time_ns, 120'000'000'000 - 1);
    EXPECT_EQ(made[7].time_ns, 180'000'000'000 - 1);
}

TEST_F(FeedFileTest, candles_may_be_their_close_rounded_within_a_span_of_time) {
    FeedFileOptions options;
    options.instrument = "BTC-PERP";
    options.points = CandlePoints::close;
    options.price_decimals = 1;
    options.to_ns = 120'000'000'000;
    const auto made = rows(write(candles), options);
    ASSERT_EQ(made.size(), 1U);
    EXPECT_EQ(made[0].payload, R"({"mark":"105"})");
}

TEST_F(FeedFileTest, what_cannot_be_read_is_said_with_its_line) {
    EXPECT_EQ(open_error(""), "no header");
    EXPECT_EQ(open_error("a,b\n1,2\n"),
              "the header fits no message of docs/PROTOCOL.md and no candles");
    EXPECT_EQ(open_error(candles), "candles: say whose, as INSTRUMENT=file");
    EXPECT_EQ(open_error("mark\n1\n"),
              "no column `instrument`: say whose prices, as INSTRUMENT=file");
    FeedFile absent;
    std::string error;
    EXPECT_FALSE(absent.open(directory_ + "/none.csv", {}, error));
    EXPECT_NE(error.find("No such file"), std::string::npos);
    EXPECT_TRUE(rows(write("instrument,mark\nBTC-PERP,1,2\n")).empty());
    EXPECT_NE(file_.error().find("rows.csv:2: has 3 fields, the header 2"), std::string::npos);
    EXPECT_TRUE(rows(write("instrument,mark\n\nBTC.PERP,1\n")).empty());
    EXPECT_NE(file_.error().find("rows.csv:3: not the name of an account or instrument: BTC.PERP"),
              std::string::npos);
    EXPECT_TRUE(rows(write("instrument,mark\n\"BTC,1\n")).empty());
    EXPECT_NE(file_.error().find("rows.csv:2: a quote that does not end"), std::string::npos);
}

}  // namespace
}  // namespace riskd::verbs
