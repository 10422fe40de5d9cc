// The disk of the journal is full: new risk is refused and said to be, orders that only reduce are
// answered, facts wait in their stream; when there is space again all goes on and nothing is lost.
#include <sys/mount.h>
#include <sys/statvfs.h>

#include "tests/integration/durability_scene.hpp"

namespace riskd::tests {
namespace {

namespace fs = std::filesystem;

// A small disk of its own, taken away with the test.
class SmallDisk {
public:
    SmallDisk() {
        std::string pattern = (fs::temp_directory_path() / "riskd-disk-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr) return;
        place_ = pattern;
        mounted_ = ::mount("tmpfs", place_.c_str(), "tmpfs", 0, "size=24m") == 0;
    }
    ~SmallDisk() {
        if (mounted_) ::umount2(place_.c_str(), MNT_DETACH);
        std::error_code ignored;
        if (!place_.empty()) fs::remove(place_, ignored);
    }
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;

    bool mounted() const { return mounted_; }
    fs::path journal() const { return place_ / "journal"; }
    // Leaves about this much space.
    void fill(std::uint64_t left) {
        struct statvfs state {};
        if (::statvfs(place_.c_str(), &state) != 0) return;
        const std::uint64_t space = state.f_bavail * state.f_bsize;
        if (space <= left) return;
        std::ofstream(place_ / "ballast", std::ios::app) << std::string(space - left, 'x');
    }
    void make_space() {
        std::error_code ignored;
        fs::remove(place_ / "ballast", ignored);
    }

private:
    fs::path place_;
    bool mounted_{};
};

class DiskFullTest : public DurabilityTest {
protected:
    // An account that nothing else trades, with a long position that an order can reduce.
    void open_position() {
        oms->open_account(account);
        oms->deposit(account, 300'000'000'000);
        ASSERT_EQ(inspection->wait_until_caught_up(), "");
        const std::size_t order = oms->place(order_of(true, 40), false, false);
        ASSERT_TRUE(oms->ask_all({order}, 5'000));
        ASSERT_TRUE(oms->orders()[order].accepted) << oms->orders()[order].answer;
        oms->fill(order, 40);
        ASSERT_EQ(inspection->wait_until_caught_up(), "");
    }
    // Questions of the batch that failed stay without an answer, so they are not waited for.
    void trade_until_full() {
        const auto until = Clock::now() + std::chrono::seconds(20);
        while (!oms->counters().turned_away.contains("journal_unavailable")) {
            ASSERT_LT(Clock::now(), until) << "the journal goes on without space";
            disk.fill(0);
            trade_for(20);
            oms->forget_questions();
        }
    }
    AcceptedOrder order_of(bool buys, std::int64_t quantity) const {
        return {.account = account,
                .listing = 0,
                .buys = buys,
                .price = mark_riskd_has(),
                .quantity = quantity};
    }
    // What was published while it could not write may be far from that.
    std::int64_t mark_riskd_has() const {
        const auto said = Json::parse(oms->ask("risk.query.account." + account, "").value_or("{}"));
        for (const Json& position : said ? (*said)["positions"].items() : std::vector<Json>{}) {
            if (position["instrument"].text() != listings[0].name) continue;
            return read_decimal(position["mark_price"].text(), listings[0].price_decimals)
                .value_or(oms->mark(0));
        }
        return oms->mark(0);
    }
    const std::string account = "quiet";
    SmallDisk disk;
};

TEST_F(DiskFullTest, new_risk_is_refused_reductions_are_answered_and_space_heals_it) {
    if (!disk.mounted()) GTEST_SKIP() << "skipped: a small disk needs root and tmpfs";
    ASSERT_NO_FATAL_FAILURE(begin(disk.journal()));
    ASSERT_NO_FATAL_FAILURE(open_position());
    ASSERT_NO_FATAL_FAILURE(trade_until_full());
    EXPECT_TRUE(riskd->wait_until_not_ready("journal_failed", 2'000)) << riskd->ready().text;
    oms->pump(300);
    oms->forget_questions();

    const std::uint64_t facts_applied = status_of("stream_sequence");
    const std::size_t adds = oms->place(order_of(true, 10), false, false);
    oms->deposit(account, 1'000'000'000);
    const std::size_t reduces = oms->place(order_of(false, 10), false, false);
    EXPECT_TRUE(oms->ask_all({reduces}, 5'000));
    EXPECT_TRUE(oms->orders()[reduces].accepted) << oms->orders()[reduces].answer;
    EXPECT_TRUE(oms->orders()[adds].answer.empty()) << oms->orders()[adds].answer;
    EXPECT_EQ(status_of("stream_sequence"), facts_applied) << "a fact was applied unrecorded";

    disk.make_space();
    ASSERT_TRUE(riskd->wait_until_ready(10'000)) << riskd->last_words();
    EXPECT_EQ(inspection->everything(), "");
    EXPECT_FALSE(oms->orders()[adds].answer.empty());
    trade_for(200);
    riskd->kill();
    oms->forget_questions();
    ASSERT_TRUE(riskd->start());
    EXPECT_EQ(inspection->everything(), "");
    std::cout << oms->counters().turned_away.at("journal_unavailable")
              << " orders turned away while the disk was full; " << oms->counters().accepted
              << " accepted, " << oms->counters().facts << " facts\n";
}

// Its decision waits for the disk, its question was asked before NATS went away.
TEST_F(DiskFullTest, an_answer_that_waited_for_the_disk_through_an_outage_of_nats_is_not_sent) {
    if (!disk.mounted()) GTEST_SKIP() << "skipped: a small disk needs root and tmpfs";
    ASSERT_NO_FATAL_FAILURE(begin(disk.journal()));
    ASSERT_NO_FATAL_FAILURE(open_position());
    for (int i = 0; oms->unanswered().empty(); ++i) {
        ASSERT_LT(i, 2'000) << "the journal goes on without space";
        disk.fill(0);
        oms->place(order_of(true, 1), false, false);
        oms->pump(20);
        oms->pump(20);
    }
    server.kill();
    oms->disconnect();
    oms->forget_questions();
    ASSERT_TRUE(riskd->wait_until_not_ready("nats_disconnected", 3'000)) << riskd->ready().text;
    ASSERT_TRUE(server.start());
    ASSERT_TRUE(oms->connect());
    ASSERT_TRUE(riskd->wait_until_connected(5'000)) << riskd->ready().text;
    disk.make_space();
    ASSERT_TRUE(riskd->wait_until_ready(10'000)) << riskd->last_words();
    watcher = std::make_unique<OutputWatcher>(server.port());
    inspection = std::make_unique<Inspection>(*riskd, *oms, *watcher);
    EXPECT_EQ(inspection->everything(), "");
    oms->pump(300);
    EXPECT_EQ(oms->counters().stale, 0U);
}

TEST_F(DiskFullTest, riskd_killed_on_a_full_disk_starts_again_and_has_every_fact) {
    if (!disk.mounted()) GTEST_SKIP() << "skipped: a small disk needs root and tmpfs";
    ASSERT_NO_FATAL_FAILURE(begin(disk.journal()));
    ASSERT_NO_FATAL_FAILURE(trade_until_full());
    riskd->kill();
    oms->forget_questions();
    disk.make_space();
    ASSERT_TRUE(riskd->start());
    // Reductions answered while nothing could be recorded may be forgotten (docs/decisions/0002).
    EXPECT_EQ(inspection->wait_until_caught_up(), "");
    EXPECT_EQ(inspection->compare_accounts(Books::Compared::facts_only), "");
    EXPECT_EQ(inspection->compare_digest(), "");
}

}  // namespace
}  // namespace riskd::tests
