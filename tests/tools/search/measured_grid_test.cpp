#include "tools/search/measured_grid.h"

#include <doctest/doctest.h>

#include <cmath>

#include "env/errors.h"
#include "tests/support/temporary_file.h"
#include "tests/tools/search/sample_grid.h"
#include "tools/exit_codes.h"

using namespace flyball;

TEST_CASE("a file's jobs become surfaces over one space") {
  const TemporaryFile file(grid_csv());
  const auto jobs = read_measured_jobs(file.path());
  CHECK(jobs.size() == 3);
  const MeasuredGrid grid = measured_grid(jobs, "vision");
  CHECK(grid.board == "nano-4gb");
  CHECK(grid.space.size() == 24);
  CHECK(grid.surfaces.size() == 3);
  const WorkloadSurface& vision = find_surface(grid, "vision");
  CHECK(vision.seconds[grid.space.start()] == doctest::Approx(1.0));
  CHECK(vision.joules[grid.space.start()] == doctest::Approx(7.8));
  CHECK(other_surfaces(grid, "vision").size() == 2);
  CHECK(other_surfaces(grid, "vision", {"speech"}).front().workload == "speech");
  CHECK_THROWS_AS(other_surfaces(grid, "vision", {"vision"}), UsageError);
  CHECK_THROWS_WITH_AS(measured_grid(jobs, "radar"),
                       "no workload radar was measured: there are language, speech, vision",
                       DataError);
}

TEST_CASE("a grid with a hole, and a file of other columns, are refused") {
  const std::string whole = grid_csv();
  const TemporaryFile hole(whole.substr(0, whole.rfind("Jetson_Nano")));
  CHECK_THROWS_WITH_AS(measured_grid(read_measured_jobs(hole.path()), "vision"),
                       doctest::Contains("speech: not every combination of its levels"), DataError);
  const TemporaryFile other("device,cpu_khz\nx,1\n");
  CHECK_THROWS_WITH_AS(read_measured_jobs(other.path()), doctest::Contains("no column workload"),
                       DataError);
}

TEST_CASE("a sample is the mean of as many batches as its error needs") {
  const TemporaryFile file(grid_csv());
  const MeasuredGrid grid = measured_grid(read_measured_jobs(file.path()), "vision");
  const WorkloadSurface& surface = grid.surfaces.front();
  GridNoise noise;
  double squares = 0.0;
  constexpr std::size_t kSamples = 400;
  for (std::size_t i = 0; i < kSamples; ++i) {
    const SearchSample sample = measure(surface, 5, noise, i);
    CHECK(sample.error == doctest::Approx(0.005));
    squares += std::pow(sample.seconds / surface.seconds[5] - 1.0, 2) / kSamples;
  }
  CHECK(std::sqrt(squares) == doctest::Approx(0.005).epsilon(0.15));
  noise.error = 0.1;
  CHECK(measure(surface, 5, noise, 0).error == doctest::Approx(0.015));
  CHECK(measure(surface, 5, noise, 3).joules == measure(surface, 5, noise, 3).joules);
  CHECK(measure(surface, 5, noise, 3).joules != measure(surface, 5, noise, 4).joules);
}
