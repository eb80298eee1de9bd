#include "tools/reproduce/experiments.h"

#include <doctest/doctest.h>

#include <fstream>
#include <set>
#include <stdexcept>
#include <string>

#include "env/errors.h"
#include "tests/support/temporary_directory.h"

using namespace flyball;

TEST_CASE("every experiment has a name of its own, says what it shows and has a part") {
  std::set<std::string> names;
  for (const Experiment& experiment : experiments()) {
    CAPTURE(experiment.name);
    CHECK(names.insert(experiment.name).second);
    CHECK_FALSE(std::string(experiment.shows).empty());
    CHECK_FALSE(experiment.parts.empty());
    CHECK(find_experiment(experiment.name).name == experiment.name);
  }
}

TEST_CASE("an experiment that there is not gets the list of those that there are") {
  for (const Experiment& experiment : experiments()) {
    CHECK_THROWS_WITH_AS(find_experiment("none"), doctest::Contains(experiment.name),
                         std::invalid_argument);
  }
}

TEST_CASE("a folder without an experiment's measurements gets the names of what is missing") {
  const TemporaryDirectory folder;
  for (const Experiment& experiment : experiments()) {
    CAPTURE(experiment.name);
    if (experiment.needs == Needs::kNothing) {
      CHECK(experiment.data.files.empty());
      CHECK_NOTHROW(require_data(experiment, folder.path()));
      continue;
    }
    CHECK_FALSE(experiment.data.holds.empty());
    CHECK_THROWS_WITH_AS(require_data(experiment, folder.path()),
                         doctest::Contains(experiment.data.files.front().c_str()), DataError);
  }
  std::ofstream(folder.path() / "any.csv") << "a\n";
  CHECK_NOTHROW(require_data(find_experiment("bofl"), folder.path()));
  CHECK_THROWS_WITH(require_data(find_experiment("loudva"), folder.path()),
                    doctest::Contains("serving/loud_prof_4_requests.csv; --data names the folder"));
}

TEST_CASE("a quick run leaves out the parts that train for minutes") {
  static int quick = 0;
  static int slow = 0;
  const Experiment experiment{
      "two parts",
      "",
      Needs::kNothing,
      {{[](const ExperimentOptions&, ReproductionTable&) { ++quick; }},
       {[](const ExperimentOptions&, ReproductionTable&) { ++slow; }, Effort::kAll}}};
  ExperimentOptions options;
  options.effort = Effort::kQuick;
  CHECK(run_experiment(experiment, options).name() == "two parts");
  CHECK(quick == 1);
  CHECK(slow == 0);
  options.effort = Effort::kAll;
  run_experiment(experiment, options);
  CHECK(quick == 2);
  CHECK(slow == 1);
}
