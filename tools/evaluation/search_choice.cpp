#include "tools/evaluation/search_choice.h"

#include <fmt/format.h>

#include <memory>
#include <stdexcept>
#include <utility>

#include "controllers/evaluation/simulated_run.h"
#include "controllers/search/search_governor.h"
#include "controllers/search/searches.h"
#include "env/nearest_name.h"
#include "env/sim/sim_plant.h"

namespace flyball {

namespace {

constexpr const char* kPrefix = "search:";
constexpr const char* kCertified = "-certified";

// With what the search refers to.
class OwnedSearch final : public Governor {
 public:
  OwnedSearch(SearchProblem problem, const std::string& search, const SearchOptions& options,
              const SearchGovernorConfig& config)
      : problem_(std::move(problem)),
        search_(make_search(search, problem_, options)),
        governor_(*search_, problem_, config) {}
  std::string_view name() const override { return governor_.name(); }
  void reset(const GovernorScope& scope) override { governor_.reset(scope); }
  Decision decide(const GovernorInput& input) override { return governor_.decide(input); }
  Period period() const override { return governor_.period(); }

 private:
  SearchProblem problem_;
  std::unique_ptr<Search> search_;
  SearchGovernor governor_;
};

double limit_of(const EvaluationPlan& plan, const std::string& name) {
  const Objective& objective = plan.objective;
  if (objective.latency_mean_seconds) return *objective.latency_mean_seconds;
  if (objective.latency_mean_factor) {
    return *objective.latency_mean_factor * kept_run(plan, stock_choice(), 0).latency_mean_seconds;
  }
  throw std::invalid_argument(
      fmt::format("{}: the scenario limits no mean latency, which a search has to keep", name));
}

}  // namespace

std::vector<std::string> search_choice_names() {
  std::vector<std::string> names;
  for (const SearchKind& kind : search_kinds()) {
    names.push_back(kPrefix + std::string(kind.name));
    if (names.back() == "search:bayes") names.push_back(names.back() + kCertified);
  }
  return names;
}

GovernorChoice search_choice(const EvaluationPlan& plan, const std::string& name) {
  const std::vector<std::string> names = search_choice_names();
  if (std::find(names.begin(), names.end(), name) == names.end()) {
    throw std::invalid_argument(unknown_name("search", name, names));
  }
  std::string search = name.substr(std::string(kPrefix).size());
  SearchOptions options;
  if (search.ends_with(kCertified)) {
    search.resize(search.size() - std::string(kCertified).size());
    options.mode = SearchMode::kCertified;
  }
  const SimPlant plant(plan.configs.front());
  const GovernorScope scope =
      scope_over(plant.description(), find_knobs(plant.description(), plan.knobs));
  const SearchProblem problem{{scope.knobs, scope.limits}, limit_of(plan, name), {}};
  SearchGovernorConfig config;
  config.period_seconds = plan.loop.sample_seconds;
  GovernorChoice choice;
  choice.kind = GovernorChoice::Kind::kMade;
  choice.name = name;
  choice.content =
      fmt::format("{} within {} s, {} samples", name, *problem.limit_seconds, config.samples);
  choice.leases = plan.knobs;
  choice.period_seconds = config.period_seconds;
  choice.make_own = [problem, search, options, config](std::uint64_t seed) {
    SearchOptions drawn = options;
    drawn.seed = seed;
    return std::make_unique<OwnedSearch>(problem, search, drawn, config);
  };
  return choice;
}

}  // namespace flyball
