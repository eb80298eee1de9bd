#include "tools/training/automatic_recipe.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "agent/policy_trainer.h"
#include "agent/smooth_regression.h"
#include "agent/support.h"
#include "agent/training/training_data.h"
#include "env/action_space.h"
#include "env/errors.h"
#include "env/output_file.h"
#include "tools/config/train_config.h"
#include "tools/console.h"
#include "tools/interrupt.h"
#include "tools/training/scenario_validation.h"
#include "tools/training/training_sources.h"

namespace flyball {

namespace {

constexpr double kInTime = 0.99;           // unless asked otherwise
constexpr double kLimitFactor = 1.4;       // of the residents' latency, likewise
constexpr double kBatchesPerPeriod = 4;    // of saturated jobs, at least
constexpr double kPeriodsPerDeadline = 2;  // of timed arrivals, at least
constexpr double kCovered = 0.9;           // of the settings allowed that the support should hold
constexpr std::size_t kWidest = 2;         // levels around a setting that was seen
constexpr int kPrices = 4;                 // that are tried
constexpr std::uint64_t kProbeSteps = 4000;

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
    require(std::abs(*wish.deadline_seconds / *facts.deadline_seconds - 1.0) <= 0.01,
            fmt::format("--deadline {:g}: the logs count misses against {:g} s: give that, or "
                        "record with the other deadline",
                        *wish.deadline_seconds, *facts.deadline_seconds));
  }
}

// Whole rows.
double in_rows(double seconds, const LogFacts& facts) {
  const double rows = std::max(1.0, std::round(seconds / facts.row_seconds));
  return std::round(rows * facts.row_seconds * 1e6) / 1e6;
}

class Writer {
 public:
  Writer(const LogFacts& facts, const RecipeWish& wish, const RecipeChoices& choices)
      : facts_(facts), wish_(wish), choices_(choices) {}

  AutomaticRecipe write() {
    write_load();
    write_period();
    line("");
    write_observation();
    write_objective();
    write_learner();
    write_support();
    write_validation();
    std::string head = "# Made by flyball train of logs, which --log gives.\n";
    for (const std::string& reason : reasons_) head += "# " + reason + "\n";
    return {head + text_, std::move(reasons_)};
  }

 private:
  bool saturated() const { return facts_.is_saturated(); }
  bool has_deadlines() const { return facts_.deadline_seconds.has_value(); }
  void line(const std::string& text) { text_ += text + "\n"; }
  void why(const std::string& reason) { reasons_.push_back(reason); }

  void write_load() {
    if (saturated()) {
      why("load: saturated: the queue keeps its length, no request has a deadline");
    } else if (has_deadlines()) {
      why(fmt::format("load: timed arrivals with a deadline of {:g} s", *facts_.deadline_seconds));
    } else {
      why(fmt::format("load: timed arrivals: the queue varies by {:.0f} % of its median",
                      100.0 * facts_.queue_spread));
    }
    why(fmt::format("knobs: {}: they were turned{}", fmt::join(facts_.knobs, ", "),
                    facts_.held.empty() ? std::string()
                                        : fmt::format("; {}: left to the residents",
                                                      fmt::join(facts_.held, ", "))));
    std::string names;
    for (const std::string& knob : facts_.knobs) {
      names += (names.empty() ? "\"" : ", \"") + knob + "\"";
    }
    line(fmt::format("knobs = [{}]", names));
  }

  void write_period() {
    const double rule = saturated()       ? kBatchesPerPeriod * facts_.batch_seconds
                        : has_deadlines() ? *facts_.deadline_seconds / kPeriodsPerDeadline
                                          : *wish_.latency_seconds / kPeriodsPerDeadline;
    const std::optional<double> own = facts_.decision_seconds;
    // A rounded stamp more or less is no reason.
    const bool fits = own && (saturated() ? *own >= 0.9 * rule : *own <= 1.1 * rule);
    const double period = in_rows(fits ? *own : rule, facts_);
    line(fmt::format("period_seconds = {}", period));
    why(fmt::format("period: {:g} s: {}", period,
                    fits          ? "as the logs' settings were decided"
                    : saturated() ? "four batches long"
                                  : "half of what a request may take"));
  }

  void write_observation() {
    line("[observation]");
    for (const char* key :
         {"with_effective", "with_utilization", "with_previous_action", "with_vector_to_go"}) {
      line(fmt::format("{} = false", key));
    }
    if (saturated()) {
      why("observation: nothing: what a batch costs, its setting alone decides");
      return;
    }
    line("with_t_as = false");
    line("with_queue = true");
    if (has_deadlines()) {
      line("with_slack = true");
      line(fmt::format("slack_scale_seconds = {}", *facts_.deadline_seconds));
    }
    why(has_deadlines() ? "observation: the queue and the most urgent request"
                        : "observation: the queue");
  }

  void write_objective() {
    line("\n[objective]");
    line(saturated() ? "credit = \"whole_batches\"" : "credit = \"period\"");
    why(saturated() ? "credit: whole batches, per request" : "credit: all of a period");
    if (!saturated() && has_deadlines() && !wish_.latency_seconds) {
      line("eta = 0.97");
      line(fmt::format("miss_penalty = {}", choices_.miss_penalty));
      why(fmt::format("price: a miss costs {:g} requests under stock, waiting 3 %",
                      choices_.miss_penalty));
      return;
    }
    line("constraint = \"latency\"");
    if (wish_.latency_seconds) {
      line(fmt::format("limit_seconds = {}", *wish_.latency_seconds));
      why(fmt::format("limit: a mean latency of {:g} s, as asked", *wish_.latency_seconds));
    } else {
      line(fmt::format("limit_factor = {}", kLimitFactor));
      why(
          fmt::format("limit: {:g} times the residents' latency, as nothing was asked "
                      "(--limit-latency S)",
                      kLimitFactor));
    }
    if (!saturated()) line("margin = 0.9");
  }

  void write_learner() {
    line("\n[network]");
    line(fmt::format("degree = {}", choices_.degree));
    line(saturated() ? "" : "learning_rate = 7e-4\nhuber_delta = 10\n");
    line("[learner]");
    if (saturated()) {
      line("kind = \"least_squares\"");
      why("learner: least squares, as the past does not matter; degree by cross-validation");
      return;
    }
    line("kind = \"dqn\"\ngamma = 0.9\nn_step = 3\ntarget_tau = 0.004\nsteps = 8000");
    why(fmt::format("learner: DQN, as what waits is paid for later; degree {} by cross-validation",
                    choices_.degree));
  }

  void write_support() {
    line("\n[support]");
    line(fmt::format("radius = {}", choices_.radius));
    why(choices_.radius == 0
            ? "support: the settings that were seen"
            : fmt::format("support: the settings that were seen and {} level(s) around them, as "
                          "most were not",
                          choices_.radius));
  }

  void write_validation() {
    if (wish_.scenario.empty()) {
      why("validation: none: the logs name no scenario; --validate SCENARIO measures on one, "
          "flyball evaluate afterwards");
      return;
    }
    line("\n[validation]");
    line(fmt::format("scenario = \"{}\"", wish_.scenario));
    line("every_steps = 1000");
    if (!saturated()) line("runs = 3");
    why(fmt::format("validation: on {}, arrivals of its own", wish_.scenario));
  }

  const LogFacts& facts_;
  const RecipeWish& wish_;
  const RecipeChoices& choices_;
  std::string text_;
  std::vector<std::string> reasons_;
};

// Where nothing can be tried: a share of 1 % late costs as much as 2 % of the requests.
double careful_price(double in_time) { return 0.02 / std::max(1.0 - in_time, 1e-3); }

// The least radius whose neighbourhoods hold most of what the board allows.
std::size_t radius_for(const TrainingSet& set) {
  const ActionSpace actions = action_space_of(set.knobs);
  const std::vector<std::uint8_t> allowed = actions.mask(set.limits);
  const std::vector<std::size_t> counts = action_counts(set);
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

// The best that a training reaches with this price.
ValidationFigures figures_at(TrainConfig config, const TrainingSet& set, double price) {
  config.trainer.objective.reward.miss_penalty = price;
  config.trainer.steps = kProbeSteps;
  const MeasurePolicy measure = measure_on_scenario(*config.validation);
  const auto trainer = make_trainer(config.trainer, set);
  std::optional<ValidationFigures> best;
  trainer->run(kProbeSteps / 2, [&](const TrainingProgress&) {
    const ValidationFigures figures =
        measure(trainer->policy(config.spans.encoder, FLYBALL_VERSION));
    if (!best || is_better(figures, *best)) best = figures;
    return !interrupted();
  });
  if (interrupted()) throw Interrupted("interrupted before training began; there is no policy");
  return *best;
}

// Dual ascent: dearer where too many are late, cheaper where enough are in time; the best that was
// tried.
double find_price(const TrainConfig& config, const TrainingSet& set, double in_time,
                  std::vector<std::string>& tried) {
  double price = 1.0;
  double best_price = price;
  std::optional<ValidationFigures> best;
  for (int i = 0; i < kPrices; ++i) {
    remark("flyball train: measures a policy with a miss at {:g} requests\n", price);
    ValidationFigures figures = figures_at(config, set, price);
    figures.feasible = figures.in_time_share >= in_time;
    tried.push_back(fmt::format("price {:g}: {:.1f} % saved, {:.2f} % in time in validation", price,
                                100.0 * figures.saving, 100.0 * figures.in_time_share));
    if (!best || is_better(figures, *best)) {
      best = figures;
      best_price = price;
    }
    price *= figures.feasible ? 0.5 : 3.0;
  }
  return best_price;
}

std::vector<NamedTelemetry> read_logs(const std::vector<std::string>& patterns) {
  std::vector<NamedTelemetry> logs;
  for (const std::string& pattern : patterns) {
    for (const std::string& file : matching_files(pattern)) {
      logs.push_back({file, read_telemetry_log(file)});
    }
  }
  return logs;
}

TrainConfig written(const AutomaticRecipe& recipe, const std::filesystem::path& file) {
  write_output(file, recipe.text);
  return load_train_config(file.string());
}

}  // namespace

AutomaticRecipe recipe_for(const LogFacts& facts, const RecipeWish& wish,
                           const RecipeChoices& choices) {
  check(facts, wish);
  return Writer(facts, wish, choices).write();
}

std::vector<std::string> write_automatic_recipe(const std::vector<std::string>& patterns,
                                                const RecipeWish& asked, std::uint64_t seed,
                                                const std::filesystem::path& file) {
  const LogFacts facts = facts_of(read_logs(patterns));
  RecipeWish wish = asked;
  if (wish.scenario.empty()) wish.scenario = facts.scenario.value_or("");
  RecipeChoices choices;
  choices.miss_penalty = careful_price(wish.in_time_share.value_or(kInTime));
  TrainConfig config = written(recipe_for(facts, wish, choices), file);
  for (const std::string& pattern : patterns) config.logs.push_back({pattern, 1.0});
  config.trainer.seed = seed;
  const TrainingSet set =
      load_training_set(config, seed, [](const std::string&, double) { return !interrupted(); });
  if (interrupted()) throw Interrupted("interrupted before training began; there is no policy");
  std::vector<std::string> tried;
  choices.radius = radius_for(set);
  if (!facts.is_saturated() && !set.transitions.empty()) {
    resolve_objective(config, set);
    choices.degree = degree_for(config, set);
    config.trainer.degree = choices.degree;
    config.trainer.support.radius = choices.radius;
    const bool priced = facts.deadline_seconds && !wish.latency_seconds;
    if (priced && config.validation) {
      choices.miss_penalty = find_price(config, set, wish.in_time_share.value_or(kInTime), tried);
    } else if (priced) {
      tried.push_back(
          fmt::format("price: not found by trying, as there is no scenario to measure "
                      "on; {:g} is careful",
                      choices.miss_penalty));
    }
  }
  const AutomaticRecipe recipe = recipe_for(facts, wish, choices);
  written(recipe, file);
  std::vector<std::string> reasons = recipe.reasons;
  reasons.insert(reasons.end(), tried.begin(), tried.end());
  return reasons;
}

}  // namespace flyball
