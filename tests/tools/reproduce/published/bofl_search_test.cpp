#include "tools/reproduce/published/bofl_search.h"

#include <doctest/doctest.h>

#include "tests/support/temporary_file.h"
#include "tests/tools/search/sample_grid.h"

using namespace flyball;

TEST_CASE("a trial is judged by the table's own figures") {
  const TemporaryFile file(grid_csv());
  const MeasuredGrid grid = measured_grid(read_measured_jobs(file.path()), "vision");
  const WorkloadSurface& surface = find_surface(grid, "vision");
  const SearchProblem problem{grid.space, 1.3, {}};
  SearchTrialConfig config;
  config.search = "random";
  config.samples = grid.space.size();
  config.noise = {0.0, 0.005, 1};
  const SearchTrial all = try_search(problem, surface, config);
  CHECK(all.gap == doctest::Approx(0.0));
  CHECK(all.excess <= 0.0);
  std::size_t over = 0;
  double slowest = 0.0;
  for (const double seconds : surface.seconds) {
    over += seconds > 1.3 ? 1 : 0;
    slowest = std::max(slowest, seconds);
  }
  CHECK(all.over == over);
  CHECK(all.worst_try == doctest::Approx(slowest / 1.3 - 1.0));
  config.samples = 1;
  const SearchTrial one = try_search(problem, surface, config);
  CHECK(one.over == 0);
  CHECK(one.gap ==
        doctest::Approx(surface.joules[grid.space.start()] / least_joules(problem, surface, 1.0) -
                        1.0));
}
