#include "tools/search/search_journal.h"

#include <doctest/doctest.h>

#include <fstream>

#include "env/errors.h"
#include "env/text_file.h"
#include "tests/support/temporary_directory.h"

using namespace flyball;

namespace {

SearchSpace space() { return {{{"gpu", {1e8, 2e8, 4e8}, {0}}}, {{0, 2}}}; }

}  // namespace

TEST_CASE("what was written is read again, in its order") {
  const TemporaryDirectory folder;
  const SearchSpace gpu = space();
  const auto path = folder.path() / "j.jsonl";
  {
    SearchJournal journal(path, gpu, "a job");
    CHECK(journal.samples().empty());
    journal.add({2, 0.125, 3.5, 0.005});
    journal.add({0, 0.5, 2.25, 0.0051});
  }
  const SearchJournal again(path, gpu, "a job");
  REQUIRE(again.samples().size() == 2);
  CHECK(again.samples()[0].candidate == 2);
  CHECK(again.samples()[1].seconds == 0.5);
  CHECK(again.samples()[1].joules == 2.25);
  CHECK(again.samples()[1].error == 0.0051);
}

TEST_CASE("a last line that was cut off is taken away, and the journal goes on") {
  const TemporaryDirectory folder;
  const SearchSpace gpu = space();
  const auto path = folder.path() / "j.jsonl";
  { SearchJournal(path, gpu, "a job").add({2, 0.125, 3.5, 0.005}); }
  std::ofstream(path, std::ios::app) << "{\"levels\":[1],\"sec";
  {
    SearchJournal journal(path, gpu, "a job");
    CHECK(journal.samples().size() == 1);
    journal.add({1, 0.25, 3.0, 0.005});
  }
  CHECK(SearchJournal(path, gpu, "a job").samples().size() == 2);
  std::ofstream(path) << "{\"flyball_search\":1,\"wh";
  CHECK(SearchJournal(path, gpu, "a job").samples().empty());
}

TEST_CASE("another search's journal, and what is none, are refused and left as they are") {
  const TemporaryDirectory folder;
  const SearchSpace gpu = space();
  const auto path = folder.path() / "j.jsonl";
  { SearchJournal(path, gpu, "a job").add({2, 0.125, 3.5, 0.005}); }
  const std::string before = read_text_file(path);
  CHECK_THROWS_WITH_AS(SearchJournal(path, gpu, "another job"),
                       doctest::Contains("j.jsonl:1: is the journal of another search (a job)"),
                       DataError);
  CHECK(read_text_file(path) == before);
  std::ofstream(path, std::ios::app) << "{\"levels\":[7],\"seconds\":1,\"joules\":1,\"error\":1}\n";
  CHECK_THROWS_WITH_AS(SearchJournal(path, gpu, "a job"),
                       doctest::Contains("j.jsonl:3: is no sample of this search"), DataError);
  std::ofstream(path) << "time,watts\n1,2\n";
  CHECK_THROWS_WITH_AS(SearchJournal(path, gpu, "a job"), doctest::Contains("is no journal"),
                       DataError);
  std::ofstream(path) << "notes without a line end";
  CHECK_THROWS_AS(SearchJournal(path, gpu, "a job"), DataError);
  CHECK(read_text_file(path) == "notes without a line end");
}
