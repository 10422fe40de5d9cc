#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/runtime_journal_files.hpp"

namespace riskd::runtime {
namespace {

using test::OpenJournal;
using test::read_journal;
using test::segment_paths;
using testing::HasSubstr;

class JournalTest : public testing::Test {
protected:
    JournalOptions options(std::uint64_t segment_bytes = 1U << 30) const {
        return {.directory = scratch.path(), .segment_bytes = segment_bytes, .epoch = 4711};
    }
    std::string last_segment() const { return segment_paths(scratch.path()).back(); }

    test::ScratchDirectory scratch;
    test::FaultyFiles files;
    std::mt19937_64 random{test::printed_seed()};
};

TEST_F(JournalTest, an_empty_directory_is_an_empty_journal) {
    const auto read = read_journal(scratch.path());
    EXPECT_EQ(read.fault, "");
    EXPECT_EQ(read.end.segment, "");
    EXPECT_EQ(read.end.last, Sequence{0});
}

TEST_F(JournalTest, gives_back_what_was_appended_with_one_write_for_each_batch) {
    std::vector<std::vector<std::byte>> written;
    {
        OpenJournal open(files, options());
        ASSERT_EQ(open.fault, "");
        ASSERT_EQ(open.append_batch(random, 1), JournalStatus::healthy);
        const std::size_t writes = files.writes;
        ASSERT_EQ(open.append_batch(random, 100), JournalStatus::healthy);
        EXPECT_EQ(files.writes, writes + 1);
        EXPECT_EQ(files.syncs, 0U);
        EXPECT_EQ(open.journal.committed(), Sequence{101});
        EXPECT_EQ(open.journal.figures().records, 101U);
        EXPECT_EQ(open.journal.figures().batches, 2U);
        written = open.written;
    }
    const auto read = read_journal(scratch.path());
    EXPECT_EQ(read.fault, "");
    EXPECT_EQ(read.records, written);
    EXPECT_EQ(read.end.last, Sequence{101});
    EXPECT_EQ(read.end.epoch, 4711U);
    EXPECT_EQ(read.end.torn_bytes, 0U);
}

TEST_F(JournalTest, goes_on_behind_the_last_record_with_the_old_epoch) {
    std::vector<std::vector<std::byte>> written;
    for (int round = 0; round < 3; ++round) {
        JournalOptions with_new_epoch = options();
        with_new_epoch.epoch += static_cast<std::uint64_t>(round);
        OpenJournal open(files, with_new_epoch);
        ASSERT_EQ(open.fault, "");
        ASSERT_EQ(open.append_batch(random, 3), JournalStatus::healthy);
        EXPECT_EQ(open.journal.epoch(), 4711U);
        written.insert(written.end(), open.written.begin(), open.written.end());
    }
    EXPECT_EQ(read_journal(scratch.path()).records, written);
}

TEST_F(JournalTest, begins_a_segment_when_one_is_full_and_names_it_by_its_first_sequence) {
    std::vector<std::vector<std::byte>> written;
    {
        OpenJournal open(files, options(4'000));
        for (int i = 0; i < 40; ++i) {
            ASSERT_EQ(open.append_batch(random, 2), JournalStatus::healthy);
        }
        EXPECT_GT(open.journal.figures().segments_begun, 5U);
        written = open.written;
    }
    const auto paths = segment_paths(scratch.path());
    EXPECT_THAT(paths.front(), HasSubstr("journal-00000000000000000001.riskd"));
    const auto read = read_journal(scratch.path());
    EXPECT_EQ(read.fault, "");
    EXPECT_EQ(read.records, written);
}

TEST_F(JournalTest, two_processes_cannot_share_a_journal) {
    OpenJournal first(files, options());
    ASSERT_EQ(first.fault, "");
    OpenJournal second(files, options());
    EXPECT_THAT(second.fault, HasSubstr("another riskd is using this journal"));
}

TEST_F(JournalTest, a_missing_segment_refuses_to_start) {
    {
        OpenJournal open(files, options(4'000));
        for (int i = 0; i < 40; ++i)
            open.append_batch(random, 2);
    }
    const auto paths = segment_paths(scratch.path());
    ASSERT_GT(paths.size(), 3U);
    std::filesystem::remove(paths[1]);
    EXPECT_THAT(read_journal(scratch.path()).fault, HasSubstr("a segment is missing"));
}

TEST_F(JournalTest, a_segment_of_another_journal_refuses_to_start) {
    {
        OpenJournal open(files, options(4'000));
        for (int i = 0; i < 20; ++i)
            open.append_batch(random, 2);
    }
    const auto paths = segment_paths(scratch.path());
    test::ScratchDirectory other;
    {
        JournalOptions foreign{.directory = other.path(), .segment_bytes = 4'000, .epoch = 1};
        OpenJournal open(files, foreign);
        for (int i = 0; i < 20; ++i)
            open.append_batch(random, 2);
    }
    std::string header = test::read_file(segment_paths(other.path()).front()).substr(0, 64);
    std::string ours = test::read_file(paths.front());
    test::write_file(paths.front(), header + ours.substr(64));
    EXPECT_THAT(read_journal(scratch.path()).fault, HasSubstr("another journal"));
}

TEST_F(JournalTest, the_journal_of_another_build_is_refused_with_advice) {
    {
        OpenJournal open(files, options());
        open.append_batch(random, 2);
    }
    auto header = encode_segment_header(
        {.layout = journal_layout() + 1, .epoch = 4711, .first = Sequence{1}, .synced = false});
    std::string text = test::read_file(last_segment());
    text.replace(0, header.size(), reinterpret_cast<const char*>(header.data()), header.size());
    test::write_file(last_segment(), text);
    EXPECT_THAT(read_journal(scratch.path()).fault, HasSubstr("another build of riskd"));
}

TEST_F(JournalTest, a_tail_torn_at_any_byte_is_cut_at_the_last_whole_record) {
    std::size_t whole = 0;
    std::vector<std::vector<std::byte>> written;
    {
        OpenJournal open(files, options());
        open.append_batch(random, 5);
        whole = std::filesystem::file_size(last_segment());
        written = open.written;
        open.append_batch(random, 1);
    }
    const std::string path = last_segment();
    const std::string text = test::read_file(path);
    for (std::size_t size = whole; size < text.size(); ++size) {
        test::write_file(path, text.substr(0, size));
        const auto read = read_journal(scratch.path());
        ASSERT_EQ(read.fault, "") << "torn at " << size;
        ASSERT_EQ(read.records, written) << "torn at " << size;
        ASSERT_LE(read.end.torn_bytes, size - whole);
        ASSERT_EQ(read.end.offset, whole);
    }
    // The last torn form is taken up again and written on.
    std::mt19937_64 again(7);
    OpenJournal open(files, options());
    ASSERT_EQ(open.fault, "");
    EXPECT_GT(open.journal.figures().torn_bytes_cut, 0U);
    ASSERT_EQ(open.append_batch(again, 1), JournalStatus::healthy);
    written.push_back(open.written.at(0));
    EXPECT_EQ(read_journal(scratch.path()).records, written);
}

TEST_F(JournalTest, a_wrong_bit_anywhere_in_the_last_record_cuts_that_record) {
    std::vector<std::vector<std::byte>> written;
    std::size_t whole = 0;
    {
        OpenJournal open(files, options());
        open.append_batch(random, 3);
        whole = std::filesystem::file_size(last_segment());
        written = open.written;
        open.append_batch(random, 1);
    }
    const std::string path = last_segment();
    const std::string text = test::read_file(path);
    for (std::size_t at = whole; at < text.size(); ++at) {
        std::string wrong = text;
        wrong[at] = static_cast<char>(wrong[at] ^ (1 << (at % 8)));
        test::write_file(path, wrong);
        const auto read = read_journal(scratch.path());
        ASSERT_EQ(read.fault, "") << "byte " << at;
        ASSERT_EQ(read.records, written) << "byte " << at;
        ASSERT_GT(read.end.torn_bytes, 0U);
    }
}

TEST_F(JournalTest, a_wrong_bit_before_whole_records_refuses_to_start) {
    std::size_t first_end = 0;
    {
        OpenJournal open(files, options());
        open.append_batch(random, 1);
        first_end = std::filesystem::file_size(last_segment());
        open.append_batch(random, 3);
    }
    const std::string path = last_segment();
    const std::string text = test::read_file(path);
    for (std::size_t at = segment_header_bytes; at < first_end; ++at) {
        std::string wrong = text;
        wrong[at] = static_cast<char>(wrong[at] ^ (1 << (at % 8)));
        test::write_file(path, wrong);
        ASSERT_THAT(read_journal(scratch.path()).fault, HasSubstr("damaged")) << "byte " << at;
    }
}

TEST_F(JournalTest, damage_at_the_end_of_a_segment_that_is_not_the_last_refuses_to_start) {
    {
        OpenJournal open(files, options(4'000));
        for (int i = 0; i < 20; ++i)
            open.append_batch(random, 2);
    }
    const auto paths = segment_paths(scratch.path());
    ASSERT_GT(paths.size(), 1U);
    std::string text = test::read_file(paths.front());
    text.resize(text.size() - 1);
    test::write_file(paths.front(), text);
    EXPECT_THAT(read_journal(scratch.path()).fault, HasSubstr("not the last segment"));
}

TEST_F(JournalTest, a_record_out_of_sequence_refuses_to_start) {
    {
        OpenJournal open(files, options());
        open.append_batch(random, 1);
    }
    ByteBuffer buffer;
    buffer.reserve(record_head_bytes);
    buffer.extend(record_head_bytes);
    const auto record = test::random_record(random, Sequence{3});
    encode_record(record.event, record.outcome, buffer);
    seal_record(buffer.at(0), buffer.view().subspan(record_head_bytes), true);
    std::string text = test::read_file(last_segment());
    text.append(reinterpret_cast<const char*>(buffer.at(0)), buffer.size());
    test::write_file(last_segment(), text);
    EXPECT_THAT(read_journal(scratch.path()).fault, HasSubstr("sequence 3 where 2 must follow"));
}

TEST_F(JournalTest, a_segment_whose_header_was_never_written_is_removed) {
    {
        OpenJournal open(files, options());
        open.append_batch(random, 4);
    }
    test::write_file(scratch.path() + "/" + segment_name(Sequence{5}), std::string(64, '\0'));
    const auto read = read_journal(scratch.path());
    EXPECT_EQ(read.fault, "");
    EXPECT_EQ(read.end.last, Sequence{4});
    EXPECT_EQ(read.end.unfinished, segment_name(Sequence{5}));
    OpenJournal open(files, options());
    EXPECT_EQ(open.fault, "");
    EXPECT_EQ(segment_paths(scratch.path()).size(), 1U);
}

TEST_F(JournalTest, the_promise_disk_syncs_each_batch_on_room_made_in_advance) {
    JournalOptions synced = options();
    synced.sync = true;
    std::vector<std::vector<std::byte>> written;
    {
        OpenJournal open(files, synced);
        open.append_batch(random, 10);
        const std::size_t syncs = files.syncs;
        const std::size_t writes = files.writes;
        for (int i = 0; i < 5; ++i)
            open.append_batch(random, 10);
        EXPECT_EQ(files.syncs, syncs + 5);
        EXPECT_EQ(files.writes, writes + 5);
        EXPECT_EQ(std::filesystem::file_size(last_segment()), segment_header_bytes + (1U << 20));
        written = open.written;
        // What a killed process leaves: the records, then zeros.
        EXPECT_EQ(read_journal(scratch.path()).records, written);
        EXPECT_EQ(read_journal(scratch.path()).end.torn_bytes, 0U);
    }
    const auto read = read_journal(scratch.path());
    EXPECT_EQ(read.records, written);
    EXPECT_EQ(std::filesystem::file_size(last_segment()), read.end.offset);
}

TEST_F(JournalTest, a_synced_batch_that_reached_the_disk_in_parts_is_a_torn_tail) {
    JournalOptions synced = options();
    synced.sync = true;
    std::vector<std::vector<std::byte>> written;
    std::uint64_t before = 0;
    {
        OpenJournal open(files, synced);
        open.append_batch(random, 3);
        before = read_journal(scratch.path()).end.offset;
        written = open.written;
        open.append_batch(random, 3);
    }
    const std::string path = last_segment();
    const std::string text = test::read_file(path);
    std::string parts = text;
    parts.replace(before, 40, 40, '\0');  // the first record of the batch is not there
    test::write_file(path, parts);
    const auto read = read_journal(scratch.path());
    EXPECT_EQ(read.fault, "");
    EXPECT_EQ(read.records, written);
    parts = text;
    parts.replace(segment_header_bytes, 40, 40, '\0');  // a batch that was synced before another
    test::write_file(path, parts);
    EXPECT_THAT(read_journal(scratch.path()).fault, HasSubstr("damaged"));
}

}  // namespace
}  // namespace riskd::runtime
