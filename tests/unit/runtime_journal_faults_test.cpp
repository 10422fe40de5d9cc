#include <gtest/gtest.h>

#include "tests/unit/runtime_journal_files.hpp"

namespace riskd::runtime {
namespace {

using test::OpenJournal;
using test::read_journal;

class JournalFaultsTest : public testing::TestWithParam<bool> {
protected:
    JournalOptions options(std::uint64_t segment_bytes = 1U << 30) const {
        return {.directory = scratch.path(),
                .segment_bytes = segment_bytes,
                .sync = GetParam(),
                .epoch = 1};
    }

    test::ScratchDirectory scratch;
    test::FaultyFiles files;
    std::mt19937_64 random{test::printed_seed()};
};

TEST_P(JournalFaultsTest, a_full_disk_is_a_status_and_nothing_is_lost_when_space_returns) {
    OpenJournal open(files, options());
    ASSERT_EQ(open.append_batch(random, 3), JournalStatus::healthy);
    for (std::uint64_t room = 0; room < 700; room += 13) {
        const Sequence safe = open.journal.committed();
        if (GetParam()) {
            files.sync_error = ENOSPC;
        } else {
            files.fill_disk_after(room);
        }
        for (int i = 0; i < 3; ++i)
            open.append(random);
        // The batch is larger than the room only when it does not fit.
        const JournalStatus status = open.journal.commit();
        if (status == JournalStatus::failing) {
            EXPECT_EQ(open.journal.committed(), safe);
            EXPECT_NE(open.journal.last_error(), "");
            EXPECT_GT(open.journal.pending_bytes(), 0U);
            EXPECT_EQ(open.append_batch(random, 1), JournalStatus::failing);
        }
        files.heal();
        EXPECT_EQ(open.journal.commit(), JournalStatus::healthy);
        EXPECT_EQ(open.journal.committed(), open.journal.appended());
        EXPECT_EQ(open.journal.pending_bytes(), 0U);
        EXPECT_EQ(open.journal.last_error(), "");
        ASSERT_EQ(read_journal(scratch.path()).records, open.written);
    }
    EXPECT_GT(open.journal.figures().errors, 0U);
}

TEST_P(JournalFaultsTest, short_writes_are_completed) {
    files.short_writes = 7;
    OpenJournal open(files, options());
    if (GetParam()) files.short_writes = 4'099;
    ASSERT_EQ(open.append_batch(random, 5), JournalStatus::healthy);
    EXPECT_EQ(read_journal(scratch.path()).records, open.written);
}

TEST_P(JournalFaultsTest, torn_bytes_are_cut_even_when_cutting_at_once_failed) {
    std::vector<std::vector<std::byte>> written;
    {
        OpenJournal open(files, options());
        ASSERT_EQ(open.append_batch(random, 3), JournalStatus::healthy);
        written = open.written;
        files.fill_disk_after(50);
        files.truncate_error = EIO;
        files.sync_error = EIO;
        EXPECT_EQ(open.append_batch(random, 3), JournalStatus::failing);
    }  // killed in this state
    files.heal();
    const auto read = read_journal(scratch.path());
    EXPECT_EQ(read.fault, "");
    if (!GetParam()) {
        EXPECT_EQ(read.records, written);
    }
    OpenJournal again(files, options());
    EXPECT_EQ(again.fault, "");
    EXPECT_EQ(again.append_batch(random, 1), JournalStatus::healthy);
}

TEST_P(JournalFaultsTest, a_segment_that_cannot_be_created_is_tried_again) {
    OpenJournal open(files, options(3'000));
    ASSERT_EQ(open.append_batch(random, 1), JournalStatus::healthy);
    files.create_error = EMFILE;
    JournalStatus status = JournalStatus::healthy;
    for (int i = 0; i < 30 && status == JournalStatus::healthy; ++i) {
        status = open.append_batch(random, 1);
    }
    EXPECT_EQ(status, JournalStatus::failing);
    files.heal();
    EXPECT_EQ(open.append_batch(random, 1), JournalStatus::healthy);
    EXPECT_EQ(read_journal(scratch.path()).records, open.written);
}

TEST_P(JournalFaultsTest, a_disk_full_at_the_first_record_leaves_no_broken_segment) {
    OpenJournal open(files, options());
    files.fill_disk_after(10);
    EXPECT_EQ(open.append_batch(random, 2), JournalStatus::failing);
    EXPECT_EQ(read_journal(scratch.path()).fault, "");
    files.heal();
    EXPECT_EQ(open.journal.commit(), JournalStatus::healthy);
    EXPECT_EQ(read_journal(scratch.path()).records, open.written);
}

INSTANTIATE_TEST_SUITE_P(promises, JournalFaultsTest, testing::Bool(),
                         [](const auto& promise) { return promise.param ? "disk" : "os"; });

}  // namespace
}  // namespace riskd::runtime
