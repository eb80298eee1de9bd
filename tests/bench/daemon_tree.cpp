#include "tests/bench/daemon_tree.h"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <stdexcept>

#include "env/observation.h"
#include "env/timeline.h"
#include "tools/config/workload_config.h"
#include "tools/emulator/emulated_board.h"

namespace flyball {

namespace {

constexpr std::uint64_t kEndless = std::uint64_t{1} << 40;
constexpr auto kBetweenRequests = std::chrono::milliseconds(28);
constexpr auto kUntilClocksFollow = std::chrono::milliseconds(100);
constexpr auto kService = std::chrono::milliseconds(5);

EmulationConfig emulation_of(const BoardConfig& board) {
  if (board.files.empty()) {
    throw std::runtime_error(board.board.id + ": the board file has no [[files]] to show");
  }
  EmulationConfig config;
  config.sim.board = board.board;
  config.sim.mode = find_mode(board.board, board.board.default_mode);
  config.sim.work = load_workload("resnet18", board).work;
  config.sim.arrivals = ClosedLoop{kEndless, 16, std::nullopt};
  config.modules = board.identity.modules;
  config.files = *std::ranges::max_element(board.files, {}, &BoardFiles::jetpack);
  return config;
}

void copy(const FileTree& tree, const std::string& path, const std::filesystem::path& root) {
  const std::filesystem::path to = root / path.substr(1);
  std::string text;
  switch (tree.kind(path)) {
    case FileTree::Kind::kDirectory:
      std::filesystem::create_directories(to);
      for (const std::string& name : tree.list(path)) {
        copy(tree, path == "/" ? path + name : path + "/" + name, root);
      }
      return;
    case FileTree::Kind::kLink:
      if (tree.read_link(path, text) == 0) std::filesystem::create_symlink(text, to);
      return;
    case FileTree::Kind::kFile:  // a channel that is not connected has no text
      if (tree.read(path, text) == 0) std::ofstream(to) << text;
      return;
    case FileTree::Kind::kNone:
    case FileTree::Kind::kScratch: return;
  }
}

// In the middle of what the board's usual mode allows; it allows the one above, too.
Level middle_level(const Board& board, const std::string& knob) {
  const PlantDescription plant =
      describe(board, find_mode(board, board.default_mode), std::nullopt);
  const LevelRange limits = plant.limits[find_knob(plant.knobs, knob)];
  return static_cast<Level>((limits.floor + limits.ceiling) / 2);
}

// The chain inputs -> 128 -> 64 -> 32 -> outputs, all 0 but for the way of one input, which arrives
// with 1 added: none is below -1.
void add_network(PolicyFile& file, const std::string& name, std::size_t input, std::size_t inputs,
                 std::size_t outputs) {
  std::size_t width = inputs;
  const std::size_t widths[] = {128, 64, 32, outputs};
  for (std::size_t l = 0; l < std::size(widths); ++l) {
    const std::string layer = name + "." + std::to_string(l);
    std::vector<float> weights(widths[l] * width, 0.0F);
    if (l + 1 < std::size(widths)) weights[l == 0 ? input : 0] = 1.0F;
    file.tensors[layer + ".weight"] = {{widths[l], width}, std::move(weights)};
    std::vector<float> bias(widths[l], 0.0F);
    if (l == 0) bias[0] = 1.0F;
    file.tensors[layer + ".bias"] = {{widths[l]}, std::move(bias)};
    width = widths[l];
  }
}

}  // namespace

void write_emulated_tree(const BoardConfig& board, const std::filesystem::path& root) {
  const SteadyTimeline timeline;
  EmulatedBoard emulated(emulation_of(board), [&timeline] { return timeline.now_seconds(); });
  std::this_thread::sleep_for(kUntilClocksFollow);
  emulated.with_tree([&root](const FileTree& tree) { copy(tree, "/", root); });
  std::filesystem::remove_all(root / "run");
  std::filesystem::remove_all(root / "emulator");
  std::filesystem::create_directories(root / "run/flyball/application");
}

PolicyFile restless_policy(const Board& board) {
  PolicyFile file;
  PolicyMetadata& policy = file.metadata;
  policy.board = board.id;
  for (const char* name : {"cpu", "gpu"}) {
    policy.knobs.push_back({name, board.knobs[find_knob(board.knobs, name)].levels, false});
  }
  EncoderConfig& encoder = policy.encoder;
  encoder.period_seconds = 0.1;
  encoder.with_queue = encoder.with_arrivals = encoder.with_slack = encoder.with_deadline = true;
  encoder.with_power = encoder.with_temperature = encoder.with_mode = true;
  policy.constraint = ConstraintLimit{ConstraintKind::kMissRate, 0.5, 1.0};
  const std::size_t actions = action_count(policy);
  policy.support.assign(actions, 1);
  const ObservationLayout layout = observation_layout(policy);
  const std::size_t previous_gpu = layout.offset(Feature::kPreviousAction, 1).value();
  for (const char* name : {"cost", "constraint"}) {
    add_network(file, name, previous_gpu, layout.size(), actions);
  }
  // u = encoded level + 1 of the GPU in force: the upper of the two costs 1 (u - middle), the lower
  // as much below 0.
  const Knob gpu = knobs_of(policy)[1];
  const Level low = middle_level(board, "gpu");
  const auto high = static_cast<Level>(low + 1);
  const float middle = 1.0F + 0.5F * (encoded_level(gpu, low) + encoded_level(gpu, high));
  std::vector<float>& weights = file.tensors["cost.3.weight"].values;
  std::vector<float>& bias = file.tensors["cost.3.bias"].values;
  std::ranges::fill(bias, 10.0F);
  const auto price = [&](std::size_t cpu, std::size_t level, float sign) {
    const std::size_t action = cpu * gpu.levels.size() + level;
    weights[action * 32] = sign;
    bias[action] = -sign * middle;
  };
  const std::size_t cpu = middle_level(board, "cpu");
  price(cpu + 1, high, 1.0F);
  price(cpu, low, -1.0F);
  return file;
}

ReportedRequests::ReportedRequests(const std::filesystem::path& root)
    : link_(open_link_in((root / "run/flyball/application").string(), 0.1, {1, 2, 4})),
      thread_([this] { serve(); }) {}

ReportedRequests::~ReportedRequests() {
  is_over_ = true;
  thread_.join();
}

void ReportedRequests::serve() {
  while (!is_over_) {
    FlyballRequest request = flyball_begin(link_.get(), 0);
    std::this_thread::sleep_for(kService);
    flyball_end(link_.get(), &request);
    std::this_thread::sleep_for(kBetweenRequests);
  }
}

}  // namespace flyball
