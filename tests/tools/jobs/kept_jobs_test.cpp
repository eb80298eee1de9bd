#include "tools/jobs/kept_jobs.h"

#include <doctest/doctest.h>

#include <atomic>
#include <fstream>
#include <stdexcept>

#include "tests/support/temporary_directory.h"

using namespace flyball;
using nlohmann::json;

namespace {

KeptJobs jobs(Shard shard = {}) { return {"test", {"a", "b", "c", "d", "e"}, 2, shard}; }

json square(std::size_t job) { return job * job; }

}  // namespace

TEST_CASE("a job that failed loses nothing of the others, which are not done again") {
  const TemporaryDirectory folder;
  const auto path = folder.path() / "kept.jsonl";
  {
    KeptResults results(path, "squares", "v1");
    KeptJobs one_thread = jobs();
    one_thread.threads = 1;
    CHECK_THROWS_AS(run_kept_jobs(one_thread, results,
                                  [](std::size_t job) {
                                    if (job == 3) throw std::runtime_error("no");
                                    return square(job);
                                  }),
                    std::runtime_error);
  }
  KeptResults results(path, "squares", "v1");
  std::atomic<int> calls = 0;
  CHECK(run_kept_jobs(jobs(), results, [&](std::size_t job) {
          ++calls;
          return square(job);
        }) == 0);
  CHECK(calls == 2);
  CHECK(*results.find("e") == 16);
}

TEST_CASE("shards together are the run that was never split") {
  const TemporaryDirectory folder;
  std::vector<std::filesystem::path> parts;
  for (std::size_t i = 0; i < 2; ++i) {
    parts.push_back(folder.path() / std::to_string(i));
    KeptResults results(parts.back(), "squares", "v1");
    CHECK(run_kept_jobs(jobs({i, 2}), results, square) == (i == 0 ? 2 : 3));
  }
  const auto path = folder.path() / "all";
  std::ofstream(path) << merged_results(parts);
  KeptResults merged(path, "squares", "v1");
  CHECK(run_kept_jobs(jobs(), merged, [](std::size_t) -> json {
          FAIL("nothing is missing");
          return {};
        }) == 0);
  for (std::size_t i = 0; i < 5; ++i) CHECK(*merged.find(jobs().names[i]) == square(i));
}
