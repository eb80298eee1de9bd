#include "tools/training/automatic_recipe.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "agent/smooth_regression.h"
#include "agent/support.h"
#include "agent/training/training_data.h"
#include "env/action_space.h"
#include "env/errors.h"
#include "env/output_file.h"
#include "tools/config/config_directory.h"
#include "tools/config/scenario.h"
#include "tools/config/scenario_name.h"
#include "tools/config/train_config.h"
#include "tools/interrupt.h"
#include "tools/toml_reader.h"
#include "tools/training/training_sources.h"

namespace flyball {

namespace {

constexpr double kInTime = 0.99;    // unless asked otherwise
constexpr double kCovered = 0.9;    // of the settings allowed that the support should hold
constexpr std::size_t kWidest = 2;  // levels around a setting that was seen
constexpr double kMargin = 0.9;     // of a limit on the mean latency of timed arrivals

void require(bool holds, const std::string& message) {
  if (!holds) throw std::invalid_argument(message);
}

// The wish fits the load, or what to ask for instead.
void check(const LogFacts& facts, const RecipeWish& wish) {
  if (facts.is_saturated()) {
    require(!wish.in_time_share && !wish.deadline_seconds,
            "--in-time: the logs show a saturated job, whose requests have no deadlines: give "
            "--limit-latency S");
    return;
  }
  if (!facts.deadline_seconds) {
    require(!wish.in_time_share && !wish.deadline_seconds,
            "--in-time: the requests of the logs have no deadlines: give --limit-latency S, or "
            "record them with one");
    require(wish.latency_seconds.has_value(),
            "the logs show timed arrivals without deadlines: give --limit-latency S");
  }
  if (wish.deadline_seconds && facts.deadline_seconds) {
    require(std::abs(*wish.deadline_seconds / *facts.deadline_seconds - 1.0) <= kSameDeadline,
            fmt::format("--deadline {:g}: the logs count misses against {:g} s: give that, or "
                        "record with the other deadline",
                        *wish.deadline_seconds, *facts.deadline_seconds));
  }
}

// Where nothing can be tried: a share of 1 % late costs as much as 2 % of the requests.
double careful_price(double in_time) { return 0.02 / std::max(1.0 - in_time, 1e-3); }

class Chooser {
 public:
  Chooser(const LogFacts& facts, const RecipeWish& wish, const RecipeChoices& choices)
      : facts_(facts),
        wish_(wish),
        choices_(choices),
        keys_(open_keys(facts, wish.latency_seconds)) {
    if (!wish.scenario.empty()) keys_.scenario = wish.scenario;
    if (keys_.scenario) is_adapted_ = take_deadline(*keys_.scenario);
  }

  AutomaticRecipe choose() {
    choose_recipe();
    choose_knobs();
    choose_limit();
    choose_learner();
    choose_validation();
    return std::move(recipe_);
  }

 private:
  bool saturated() const { return facts_.is_saturated(); }

  // What is measured has to have the deadline that the logs' requests have.
  bool take_deadline(std::string& scenario) const {
    if (!facts_.deadline_seconds || !facts_.has_one_deadline) return false;
    const std::optional<double> own = load_scenario(scenario).arrivals.deadline_seconds;
    if (!own || std::abs(*facts_.deadline_seconds / *own - 1.0) <= kSameDeadline) return false;
    ScenarioName name = parse_scenario_name(scenario);
    name.assignments.push_back(
        fmt::format("arrivals.deadline_seconds={}", *facts_.deadline_seconds));
    scenario = text_of(name);
    return true;
  }

  // Misses have a price; otherwise the mean latency has a limit.
  bool is_priced() const { return facts_.deadline_seconds && !wish_.latency_seconds; }
  void set(const std::string& assignment) { recipe_.assignments.push_back(assignment); }
  void why(const std::string& reason) { recipe_.reasons.push_back(reason); }

  void choose_recipe() {
    recipe_.recipe = saturated() ? "saturated" : "deadlines";
    const TomlTable written = TomlTable::parse_file(find_config("train", recipe_.recipe));
    recipe_.assignments = missing_in(written, keys_);
    why("recipe: " + recipe_.recipe);
    if (saturated()) {
      why("load: saturated: the queue keeps its length, no request has a deadline");
    } else if (facts_.deadline_seconds) {
      why(fmt::format("load: timed arrivals with a deadline of {:g} s", *facts_.deadline_seconds));
    } else {
      why(fmt::format("load: timed arrivals: the queue varies by {:.0f} % of its median",
                      100.0 * facts_.queue_spread));
    }
  }

  void choose_knobs() {
    why(fmt::format("knobs: {}: they were turned{}", fmt::join(facts_.knobs, ", "),
                    facts_.held.empty() ? std::string()
                                        : fmt::format("; {}: left to the residents",
                                                      fmt::join(facts_.held, ", "))));
    if (!facts_.caps.empty()) {
      why(fmt::format("caps: {}: their settings were ceilings", fmt::join(facts_.caps, ", ")));
    }
    const bool is_own = facts_.decision_seconds &&
                        std::abs(keys_.period_seconds / *facts_.decision_seconds - 1.0) < 0.1;
    why(fmt::format("period: {:g} s: {}", keys_.period_seconds,
                    is_own        ? "as the logs' settings were decided"
                    : saturated() ? "four batches long"
                                  : "half of what a request may take"));
    if (saturated()) {
      why("observation: nothing: what a batch costs, its setting alone decides");
    } else {
      why(facts_.deadline_seconds ? "observation: the queue and the most urgent request"
                                  : "observation: the queue");
    }
  }

  void choose_limit() {
    if (is_priced()) {
      if (!keys_.scenario) {
        const double price = careful_price(wish_.in_time_share.value_or(kInTime));
        set(fmt::format("objective.miss_penalty={}", price));
        why(fmt::format(
            "price: a miss costs {:g} requests under stock; not found by trying, as there "
            "is no scenario to measure on; that is careful",
            price));
      } else {
        why("price: what a miss costs is found while training, by what validation shows");
      }
      return;
    }
    if (wish_.latency_seconds) {
      set("objective.constraint=latency");
      set(fmt::format("objective.limit_seconds={}", *wish_.latency_seconds));
      why(fmt::format("limit: a mean latency of {:g} s, as asked", *wish_.latency_seconds));
    } else {
      why("limit: the recipe's multiple of the residents' latency, as nothing was asked "
          "(--limit-latency S)");
    }
    if (saturated()) return;
    set(fmt::format("objective.margin={}", kMargin));
    set("objective.miss_penalty=0");
    if (!facts_.deadline_seconds) set("observation.with_slack=false");
  }

  void choose_learner() {
    set(fmt::format("network.degree={}", choices_.degree));
    set(fmt::format("support.radius={}", choices_.radius));
    why(saturated() ? std::string("learner: least squares, as the past does not matter; degree by "
                                  "cross-validation")
                    : fmt::format("learner: DQN, as what waits is paid for later; degree {} by "
                                  "cross-validation",
                                  choices_.degree));
    why(choices_.radius == 0
            ? "support: the settings that were seen"
            : fmt::format("support: the settings that were seen and {} level(s) around them, as "
                          "most were not",
                          choices_.radius));
  }

  void choose_validation() {
    if (!keys_.scenario) {
      why("validation: none: the logs name no scenario that is here; --validate SCENARIO measures "
          "on one, flyball evaluate afterwards");
      return;
    }
    if (is_priced() && wish_.in_time_share) {
      set(fmt::format("validation.in_time_share={}", *wish_.in_time_share));
    }
    why(fmt::format("validation: on {}, arrivals of its own{}", *keys_.scenario,
                    is_adapted_ ? ", with the logs' deadline" : ""));
  }

  const LogFacts& facts_;
  const RecipeWish& wish_;
  const RecipeChoices& choices_;
  OpenKeys keys_;
  bool is_adapted_ = false;  // the scenario's deadline is the logs'
  AutomaticRecipe recipe_;
};

// The least radius whose neighbourhoods hold most of what the board allows.
std::size_t radius_for(const TrainingSet& set) {
  const ActionSpace actions = action_space_of(set.knobs);
  const std::vector<std::uint8_t> allowed = actions.mask(set.limits);
  const std::vector<std::size_t> counts = chosen_counts(set);
  const auto all = std::count(allowed.begin(), allowed.end(), std::uint8_t{1});
  // Exploration leaves out what is too slow: where it tried half of all, it did so on purpose.
  for (std::size_t radius = 0; radius < kWidest; ++radius) {
    const std::vector<std::size_t> near = neighbourhood_counts(actions, counts, radius);
    std::size_t held = 0;
    for (std::size_t a = 0; a < near.size(); ++a) held += near[a] > 0 && allowed[a] != 0 ? 1 : 0;
    const double share = static_cast<double>(held) / static_cast<double>(all);
    if (share >= (radius == 0 ? 0.5 : kCovered)) return radius;
  }
  return kWidest;
}

// What cross-validation over blocks of the log makes of a period's cost.
std::size_t degree_for(const TrainConfig& config, const TrainingSet& set) {
  const TrainingSet ready = prepared(config.trainer, set);
  std::vector<float> observations;
  std::vector<std::uint32_t> actions;
  std::vector<double> costs;
  std::vector<double> weights;
  for (const Transition& t : ready.transitions) {
    observations.insert(observations.end(), t.observation.begin(), t.observation.end());
    actions.push_back(t.action);
    costs.push_back(cost_of(config.trainer.objective, t.cost()));
    weights.push_back(t.weight);
  }
  const std::vector<std::uint8_t> support = supported_actions(ready, config.trainer.support);
  const SmoothFit fit =
      fit_smooth({observations, actions, costs, weights}, ready.knobs, support, {3, false});
  return std::max<std::size_t>(2, fit.form.degree);
}

TrainConfig written(const AutomaticRecipe& recipe, const std::filesystem::path& file) {
  write_output(file, text_of(recipe));
  return load_train_config(file.string());
}

}  // namespace

AutomaticRecipe recipe_for(const LogFacts& facts, const RecipeWish& wish,
                           const RecipeChoices& choices) {
  check(facts, wish);
  return Chooser(facts, wish, choices).choose();
}

std::string text_of(const AutomaticRecipe& recipe) {
  std::string text = std::string(kMadeOfLogs) + "\n";
  for (const std::string& reason : recipe.reasons) text += "# " + reason + "\n";
  const auto base = find_config("train", recipe.recipe);
  return text + TomlTable::parse_file(base, recipe.assignments).text();
}

std::vector<std::string> write_automatic_recipe(const std::vector<std::string>& patterns,
                                                const RecipeWish& wish, std::uint64_t seed,
                                                const std::filesystem::path& file) {
  const LogFacts facts = facts_of(patterns);
  RecipeChoices choices;
  TrainConfig config = written(recipe_for(facts, wish, choices), file);
  config.simulations.clear();  // what the recipe would simulate
  for (const std::string& pattern : patterns) config.logs.push_back({pattern, 1.0});
  const TrainingSet set =
      load_training_set(config, seed, [](const std::string&, double) { return !interrupted(); });
  if (interrupted()) throw Interrupted("interrupted before training began; there is no policy");
  choices.radius = radius_for(set);
  if (!facts.is_saturated() && !set.transitions.empty()) {
    resolve_objective(config, set);
    choices.degree = degree_for(config, set);
  }
  const AutomaticRecipe recipe = recipe_for(facts, wish, choices);
  written(recipe, file);
  return recipe.reasons;
}

}  // namespace flyball
