// The end of the journal is torn off, as a power cut may do under the promise `os`: riskd says so,
// cuts what is not whole, and reads the facts again from their stream. Answers in the torn part are
// lost; that is what the promise `disk` is for.
#include <algorithm>

#include "tests/integration/durability_scene.hpp"

namespace riskd::tests {
namespace {

namespace fs = std::filesystem;
constexpr int tears = 5;

fs::path last_segment(const fs::path& journal) {
    fs::path last;
    for (const auto& entry : fs::directory_iterator(journal)) {
        if (entry.path().extension() == ".riskd") last = std::max(last, entry.path());
    }
    return last;
}

class JournalTornTest : public DurabilityTest {
protected:
    // Business until the journal has so many bytes: what may be torn off is there however slow
    // the machine is.
    void trade_until_written(std::uintmax_t bytes) {
        const auto until = Clock::now() + std::chrono::seconds(20);
        while (fs::file_size(last_segment(riskd->journal())) < bytes) {
            ASSERT_LT(Clock::now(), until) << "the journal does not grow: " << riskd->last_words();
            oms->trade(24);
        }
    }
    // Takes some bytes from the end, and sometimes leaves garbage in their place.
    void tear() {
        const fs::path segment = last_segment(riskd->journal());
        const auto size = fs::file_size(segment);
        const auto cut = static_cast<std::uintmax_t>(pick(1, pick(0, 1) == 0 ? 40 : 3'000));
        fs::resize_file(segment, size - cut);
        if (pick(0, 2) != 0) return;
        std::ofstream file(segment, std::ios::binary | std::ios::app);
        for (int i = pick(1, 200); i > 0; --i)
            file.put(static_cast<char>(pick(0, 255)));
    }
    std::size_t times_reported() const {
        const std::string log = riskd->log();
        std::size_t count = 0;
        for (std::size_t at = 0; (at = log.find(" torn bytes", at)) != std::string::npos; ++at)
            ++count;
        return count;
    }
};

TEST_F(JournalTornTest, is_reported_and_cut_and_its_facts_are_read_again) {
    ASSERT_NO_FATAL_FAILURE(begin());
    std::uint64_t records_lost = 0;
    for (int round = 0; round < tears; ++round) {
        trade_for(pick(50, 300));
        ASSERT_NO_FATAL_FAILURE(trade_until_written(4'000));
        riskd->kill();
        oms->forget_questions();
        const JournalAudit before = audit_journal(riskd->journal().string());
        ASSERT_NO_FATAL_FAILURE(tear());
        const JournalAudit torn = audit_journal(riskd->journal().string());
        ASSERT_EQ(torn.fault, "");
        ASSERT_LT(torn.last, before.last);
        records_lost += before.last - torn.last;
        const auto size = fs::file_size(last_segment(riskd->journal()));
        const std::size_t reported = times_reported();

        ASSERT_TRUE(riskd->start());
        ASSERT_EQ(inspection->wait_until_caught_up(), "") << "round " << round;
        ASSERT_EQ(inspection->compare_accounts(Books::Compared::facts_only), "");
        ASSERT_EQ(inspection->compare_digest(), "");
        const std::string log = riskd->log();
        const bool at_a_record =
            log.find("sequence " + std::to_string(torn.last)) != std::string::npos &&
            times_reported() == reported;
        if (at_a_record) continue;
        EXPECT_EQ(times_reported(), reported + 1) << "torn at " << size << '\n' << log;
    }
    std::cout << tears << " tears, " << records_lost << " records cut, " << times_reported()
              << " reported; " << oms->counters().facts << " facts\n";
    EXPECT_GT(times_reported(), 0U);
}

// The stream has heard of sequences that were in the torn part. What is decided after the start
// must reach it all the same, and not pass for a repeat of what was said before.
TEST_F(JournalTornTest, what_is_decided_afterwards_is_said) {
    ASSERT_NO_FATAL_FAILURE(begin());
    ASSERT_NO_FATAL_FAILURE(trade_until_written(100'000));
    ASSERT_EQ(inspection->wait_until_caught_up(), "");
    riskd->kill();
    oms->forget_questions();
    const fs::path segment = last_segment(riskd->journal());
    fs::resize_file(segment, fs::file_size(segment) - 40'000);
    const JournalAudit torn = audit_journal(riskd->journal().string());
    ASSERT_EQ(torn.fault, "");
    ASSERT_TRUE(watcher->follow());
    watcher->pump(~std::size_t{0}, 300);
    const std::size_t said_before = watcher->seen().size();
    ASSERT_GT(said_before, 0U);
    const std::uint64_t heard_of = watcher->seen().back().sequence;
    ASSERT_GT(heard_of, torn.last);

    ASSERT_TRUE(riskd->start());
    ASSERT_EQ(inspection->wait_until_caught_up(), "");
    ASSERT_NO_FATAL_FAILURE(trade_until_written(100'000));
    trade_for(200);
    ASSERT_EQ(inspection->wait_until_caught_up(), "");
    const JournalAudit now = audit_journal(riskd->journal().string());
    std::vector<SaidOutput> due = now.outputs;
    std::erase_if(due, [&](const SaidOutput& output) { return output.sequence <= torn.last; });
    ASSERT_FALSE(due.empty());
    watcher->pump(said_before + due.size(), 5'000);
    std::vector<SaidOutput> said(watcher->seen().begin() + static_cast<std::ptrdiff_t>(said_before),
                                 watcher->seen().end());
    std::erase_if(said, [&](const SaidOutput& output) { return output.sequence > now.last; });
    EXPECT_EQ(differences(said, due), "")
        << "torn at " << torn.last << ", the stream had heard of " << heard_of;
}

TEST_F(JournalTornTest, damage_before_its_end_is_refused_and_nothing_is_changed) {
    ASSERT_NO_FATAL_FAILURE(begin());
    ASSERT_NO_FATAL_FAILURE(trade_until_written(20'000));
    riskd->kill();
    const fs::path segment = last_segment(riskd->journal());
    const auto size = fs::file_size(segment);
    const auto at = static_cast<std::streamoff>(size / 2);
    std::fstream file(segment, std::ios::binary | std::ios::in | std::ios::out);
    file.seekg(at);
    const int byte = file.get();
    file.seekp(at);
    file.put(static_cast<char>(byte ^ 0x40));
    file.close();
    ASSERT_TRUE(riskd->start());
    const auto until = Clock::now() + std::chrono::seconds(10);
    while (riskd->running() && Clock::now() < until)
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    EXPECT_FALSE(riskd->running());
    EXPECT_EQ(riskd->stop(), 1) << riskd->last_words();
    EXPECT_EQ(fs::file_size(segment), size);
    EXPECT_NE(riskd->log().find(segment.filename().string()), std::string::npos)
        << riskd->last_words();
}

}  // namespace
}  // namespace riskd::tests
