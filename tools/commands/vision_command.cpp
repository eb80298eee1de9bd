#include "tools/commands/vision_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "agent/networks/q_network.h"
#include "agent/vision/idx_file.h"
#include "agent/vision/split_evaluation.h"
#include "agent/vision/split_layout.h"
#include "agent/vision/split_network.h"
#include "agent/vision/split_trainer.h"
#include "env/errors.h"
#include "env/output_file.h"
#include "tools/console.h"
#include "tools/field_options.h"
#include "tools/interrupt.h"
#include "tools/program.h"
#include "tools/progress.h"

namespace flyball {

namespace {

using nlohmann::ordered_json;

struct VisionOptions {
  std::string action;
  std::string network;
  std::string output;
  std::string data = kFashionMnistFolder;
  std::optional<std::size_t> images;
  SplitNetworkConfig config;
  std::string kind = word_of(SplitNetworkConfig{}.kind);
  std::string lambda_rule = word_of(SplitNetworkConfig{}.lambda_rule);
  SplitTrainConfig train;
  std::uint64_t seed = 0;
  int threads = 1;
  bool json = false;
};

LabelledImages read_images(const VisionOptions& options, ImagePart part, std::size_t classes) {
  if (!std::filesystem::is_directory(options.data)) {
    throw DataError(fmt::format(
        "{}: no such folder; Debian's package dataset-fashion-mnist brings {}, another is named by "
        "--data",
        options.data, kFashionMnistFolder));
  }
  return with_nothing_to_keep([&] {
    return read_labelled_images(options.data, part, classes, options.images.value_or(SIZE_MAX));
  });
}

void print_training(const VisionOptions& options, const SplitProgress& done, std::size_t images) {
  if (options.json) {
    const ordered_json json = {{"network", options.output}, {"images", images},
                               {"steps", done.step},        {"of_steps", done.steps},
                               {"loss", done.loss},         {"seed", options.seed}};
    say("{}\n", json.dump(2));
    return;
  }
  say("{}: {} steps of {} on {} images, loss {:.3f}\n", options.output, done.step, done.steps,
      images, done.loss);
}

int train(VisionOptions& options) {
  if (!options.network.empty())
    throw UsageError("train takes no NETWORK; -o names the one to write");
  if (options.output.empty()) throw UsageError("-o N.safetensors is needed: the network to write");
  options.config.kind = *from_word<NetworkKind>(options.kind);
  options.config.lambda_rule = *from_word<LambdaRule>(options.lambda_rule);
  const ImageShape asked;
  as_usage([&] {
    validate(options.config);
    validate(options.train, options.config);
  });
  require_writable(options.output);
  keep_stdout_for(options.output);
  const LabelledImages images = read_images(options, ImagePart::kTrain, asked.classes);
  SplitNetwork network = as_usage([&] {
    return SplitNetwork({images.rows, images.columns, asked.classes}, options.config, options.seed);
  });
  SplitProgress done;
  {
    Progress progress("vision train", static_cast<double>(training_steps(images, options.train)));
    train_split_network(
        network, images, options.train, options.seed, [&](const SplitProgress& step) {
          done = step;
          progress.update(static_cast<double>(step.step), fmt::format("loss {:.3f}", step.loss));
          return !interrupted();
        });
  }
  write_output(options.output, write_safetensors(network.to_safetensors()));
  print_training(options, done, images.count());
  return done.step == done.steps ? kExitOk : kExitInterrupted;
}

SplitNetwork load(const std::string& file) {
  const Safetensors content = read_split_file(file);
  try {
    return SplitNetwork(content);
  } catch (const std::invalid_argument& error) {
    throw DataError(fmt::format("{}: {}", file, error.what()));
  }
}

ordered_json to_json(const SplitNetwork& network, const SplitEvaluation& figures) {
  const SplitNetwork::Operations operations = network.operations();
  ordered_json json = {{"kind", word_of(network.config().kind)},
                       {"images", figures.images},
                       {"cloud_only", figures.cloud_only},
                       {"operations",
                        {{"extractor", operations.extractor},
                         {"attention", operations.attention},
                         {"local", operations.local},
                         {"remote", operations.remote}}}};
  if (network.config().kind == NetworkKind::kWhole) return json;
  json["edge_only"] = figures.edge_only;
  json["top_shares"] = figures.top_shares;
  for (const SplitPoint& point : figures.points) {
    json["shares"].push_back({{"share", point.share},
                              {"kept", point.kept},
                              {"lambda", point.lambda},
                              {"local", point.local},
                              {"remote", point.remote},
                              {"fused", point.fused},
                              {"fused_floats", point.fused_floats},
                              {"by_lambda", point.by_lambda}});
  }
  return json;
}

void print(const SplitNetwork& network, const SplitEvaluation& figures) {
  const auto percent = [](double share) { return 100.0 * share; };
  if (network.config().kind == NetworkKind::kWhole) {
    say("{} images, a whole network: {:.2f} % right\n", figures.images,
        percent(figures.cloud_only));
    return;
  }
  say("{} images; edge only {:.2f} % right, cloud only {:.2f} %\n", figures.images,
      percent(figures.edge_only), percent(figures.cloud_only));
  say("importance that the first channels hold: ");
  for (const std::size_t count : std::array<std::size_t, 4>{1, 3, 6, 10}) {
    if (count <= figures.top_shares.size()) {
      say("{}: {:.0f} %  ", count, percent(figures.top_shares[count - 1]));
    }
  }
  say("\n\n{:>5} {:>5} {:>7} {:>7} {:>7} {:>7} {:>7}   fused at lambda 0 .. 1\n", "share", "kept",
      "lambda", "local", "remote", "fused", "floats");
  for (const SplitPoint& point : figures.points) {
    say("{:5.1f} {:5} {:7.2f} {:7.2f} {:7.2f} {:7.2f} {:7.2f}  ", point.share, point.kept,
        point.lambda, percent(point.local), percent(point.remote), percent(point.fused),
        percent(point.fused_floats));
    for (const double right : point.by_lambda) say(" {:.1f}", percent(right));
    say("\n");
  }
}

int evaluate(const VisionOptions& options) {
  if (options.network.empty()) throw UsageError("evaluate needs the NETWORK that train wrote");
  if (!options.output.empty()) throw UsageError("-o is for train; --json gives figures on stdout");
  const SplitNetwork network = load(options.network);
  const LabelledImages images = read_images(options, ImagePart::kTest, network.shape().classes);
  if (images.rows != network.shape().rows || images.columns != network.shape().columns) {
    throw DataError(fmt::format("{}: images of {}x{}, the network takes {}x{}", options.data,
                                images.rows, images.columns, network.shape().rows,
                                network.shape().columns));
  }
  std::optional<SplitEvaluation> figures;
  {
    Progress progress("vision evaluate", static_cast<double>(images.count()));
    figures = evaluate_split_network(network, images, tenths(), [&](std::size_t done) {
      progress.update(static_cast<double>(done));
      return !interrupted();
    });
  }
  if (!figures) throw Interrupted("interrupted");
  if (options.json) {
    say("{}\n", to_json(network, *figures).dump(2));
  } else {
    print(network, *figures);
  }
  return kExitOk;
}

template <Worded Enum>
std::vector<std::string> words_of(Enum) {
  std::vector<std::string> all;
  for (const auto& [word, value] : words(Enum{})) all.emplace_back(word);
  return all;
}

// What train alone takes.
void add_train_options(CLI::App& command, VisionOptions& options) {
  command.add_option("-o,--output", options.output, "train: the network to write")
      ->type_name("N.safetensors");
  command
      .add_option(
          "--kind", options.kind,
          "train: split, or whole: without attention and parts, to hold a split one against")
      ->type_name("KIND")
      ->check(CLI::IsMember(words_of(NetworkKind{})))
      ->capture_default_str();
  command
      .add_option("--lambda-rule", options.lambda_rule,
                  "train: the local head's share in the answer is fixed, learned, or learned as a "
                  "line over the share that stays")
      ->type_name("RULE")
      ->check(CLI::IsMember(words_of(LambdaRule{})))
      ->capture_default_str();
  for (const char* key :
       {"lambda", "channels", "reduction", "local_width", "remote_width", "bits"}) {
    std::string name = std::string("--") + key;
    std::replace(name.begin(), name.end(), '_', '-');
    add_field_option(command, name, options.config, key);
  }
  add_field_option(command, "--epochs", options.train, "epochs");
  add_field_option(command, "--batch", options.train, "batch");
  add_field_option(command, "--learning-rate", options.train, "learning_rate");
  add_field_option(command, "--skewness-target", options.train, "skewness_target");
  add_field_option(command, "--own-weight", options.train, "own_weight");
  add_field_option(command, "--edge-only", options.train, "edge_only");
  add_field_option(command, "--skewness-weight", options.train, "skewness_weight");
  command.add_option("--seed", options.seed, "train: of weights, batches and parts")
      ->check(seed_number())
      ->capture_default_str();
}

}  // namespace

void add_vision_command(CLI::App& app, CommandResult& result) {
  auto options = std::make_shared<VisionOptions>();
  CLI::App* command = app.add_subcommand(
      "vision", "Train or evaluate the network that is split between edge and cloud");
  command->add_option("action", options->action, "train or evaluate")
      ->type_name("ACTION")
      ->required()
      ->check(CLI::IsMember({"train", "evaluate"}));
  command->add_option("network", options->network, "evaluate: the network that train wrote")
      ->type_name("N.safetensors");
  command->add_option("--data", options->data, "Folder of images and labels as idx.gz")
      ->type_name("DIR")
      ->capture_default_str();
  command->add_option("--images", options->images, "The first so many (default: all)")
      ->check(whole_in(1, 10000000));
  add_train_options(*command, *options);
  command
      ->add_option("--threads", options->threads,
                   "LibTorch's; with 1 the same command gives the same bits")
      ->check(whole_in(1, 256))
      ->capture_default_str();
  command->add_flag("--json", options->json, "One JSON document on stdout");
  command->footer(
      "The edge keeps the most important channels of the first feature map, the cloud gets the\n"
      "others as whole numbers of 8 bits, and both answers are fused (DVFO). evaluate prints, by\n"
      "the share that is sent: how many channels stay, the network's own lambda, and the right\n"
      "answers of local head, remote head, both fused, and both fused if floats were sent. Ctrl-C\n"
      "ends training and writes the network as it is then. The images are Debian's package\n"
      "dataset-fashion-mnist.\n"
      "Examples:\n"
      "  flyball vision train -o net.safetensors\n"
      "  flyball vision evaluate net.safetensors\n"
      "  flyball vision train --kind whole -o whole.safetensors\n"
      "  flyball vision train --lambda-rule fixed --lambda 0.3 --images 20000 -o "
      "fixed.safetensors");
  command->callback([options, &result] {
    set_torch_threads(options->threads);
    result.exit_code = options->action == "train" ? train(*options) : evaluate(*options);
  });
}

}  // namespace flyball
