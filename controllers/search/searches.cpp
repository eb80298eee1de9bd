#include "controllers/search/searches.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "controllers/search/bayes_search.h"
#include "controllers/search/descent_search.h"
#include "controllers/search/gmd_search.h"
#include "controllers/search/gradient_search.h"
#include "controllers/search/random_search.h"
#include "controllers/search/sweep_search.h"
#include "controllers/search/thompson_search.h"

namespace flyball {

namespace {

template <typename Kind>
std::unique_ptr<Search> make(const SearchProblem& problem, const SearchOptions&) {
  return std::make_unique<Kind>(problem);
}

template <typename Kind>
std::unique_ptr<Search> make_seeded(const SearchProblem& problem, const SearchOptions& options) {
  return std::make_unique<Kind>(problem, options.seed);
}

std::unique_ptr<Search> make_bayes(const SearchProblem& problem, const SearchOptions& options) {
  BayesConfig config;
  config.mode = options.mode;
  return std::make_unique<BayesSearch>(problem, config);
}

constexpr std::array kKinds{
    SearchKind{"bayes", "constrained Bayesian optimisation, certified or probing", make_bayes},
    SearchKind{"thompson", "Thompson sampling with a model linear in its features",
               make_seeded<ThompsonSearch>},
    SearchKind{"gradient", "gradient descent on levels, by a local predictor",
               make<GradientSearch>},
    SearchKind{"descent", "coordinate descent from the highest clocks", make<DescentSearch>},
    SearchKind{"gmd", "bisection along the knob that gains most (Fulcrum)", make<GmdSearch>},
    SearchKind{"sweep", "every setting, promising ones first", make<SweepSearch>},
    SearchKind{"random", "settings drawn without replacement", make_seeded<RandomSearch>},
};

}  // namespace

std::span<const SearchKind> search_kinds() { return kKinds; }

std::unique_ptr<Search> make_search(const std::string& name, const SearchProblem& problem,
                                    const SearchOptions& options) {
  const auto kind =
      std::ranges::find_if(kKinds, [&](const SearchKind& each) { return name == each.name; });
  if (kind != kKinds.end()) return kind->make(problem, options);
  std::string names;
  for (const SearchKind& each : kKinds) {
    names += fmt::format("{}{}", names.empty() ? "" : ", ", each.name);
  }
  throw std::invalid_argument(fmt::format("no search is named {}: there are {}", name, names));
}

}  // namespace flyball
