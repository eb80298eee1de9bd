#include "policies/policy_file.h"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>
#include <sstream>

#include "policies/metadata_json.h"
#include "policies/preference.h"
#include "tests/support/sample_policy.h"
#include "tests/support/temporary_directory.h"

using namespace flyball;

namespace {

std::string bytes_of(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

void write_bytes(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

// The message with which `path` is refused; empty when it is not.
std::string refusal(const std::filesystem::path& path) {
  try {
    (void)load_policy(path);
  } catch (const PolicyFileError& error) {
    return error.what();
  }
  return "";
}

// Saves what `change` makes of the sample's file content, checksum untouched, and loads it.
std::string refusal_after(const std::function<void(Safetensors&)>& change) {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "p.flyball";
  save_policy(path, sample_policy());
  Safetensors content = parse_safetensors(bytes_of(path));
  change(content);
  write_bytes(path, write_safetensors(content));
  return refusal(path);
}

// The message with which validate() refuses the changed sample.
std::string invalidity(const std::function<void(PolicyFile&)>& change) {
  PolicyFile file = sample_policy();
  change(file);
  try {
    validate(file);
  } catch (const PolicyFileError& error) {
    return error.what();
  }
  return "";
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a policy file comes back as it was saved") {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "p.flyball";
  PolicyFile file = sample_policy();
  file.metadata.support = {1, 0, 1, 1, 0, 1, 0, 0, 1, 1, 1, 0};
  file.metadata.encoder.with_power = false;
  file.metadata.reward.energy_reference_joules = 0.1;
  save_policy(path, file);
  const PolicyFile loaded = load_policy(path);
  CHECK(loaded.tensors == file.tensors);
  CHECK(loaded.metadata.board == "test-board");
  CHECK(loaded.metadata.knobs == file.metadata.knobs);
  CHECK(loaded.metadata.support == file.metadata.support);
  CHECK(loaded.metadata.encoder.period_seconds == 0.5);
  CHECK(loaded.metadata.reward.energy_reference_joules == 0.1);
  REQUIRE(loaded.metadata.constraint);
  CHECK(loaded.metadata.constraint->margin == 0.99);
  CHECK(loaded.metadata.constraint_output.exponential);
  CHECK(loaded.metadata.provenance.seed == 7);
  CHECK(loaded.metadata.provenance.logs == file.metadata.provenance.logs);
  save_policy(directory.path() / "again.flyball", loaded);
  CHECK(bytes_of(path) == bytes_of(directory.path() / "again.flyball"));
}

TEST_CASE("saving replaces the file in one step and leaves nothing beside it") {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "p.flyball";
  save_policy(path, sample_policy(1));
  save_policy(path, sample_policy(2));
  CHECK(load_policy(path).tensors == sample_policy(2).tensors);
  const auto entries = std::filesystem::directory_iterator(directory.path());
  CHECK(std::distance(begin(entries), end(entries)) == 1);
}

TEST_CASE("an inconsistent policy is not saved") {
  const TemporaryDirectory directory;
  PolicyFile file = sample_policy();
  file.tensors.erase("cost.0.bias");
  CHECK_THROWS_AS(save_policy(directory.path() / "p.flyball", file), PolicyFileError);
  CHECK(std::filesystem::is_empty(directory.path()));
}

TEST_CASE("a truncated file is refused wherever it was cut") {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "p.flyball";
  save_policy(path, sample_policy());
  const std::string bytes = bytes_of(path);
  for (std::size_t size = 0; size < bytes.size(); size += 97) {
    write_bytes(path, bytes.substr(0, size));
    const std::string message = refusal(path);
    CAPTURE(size);
    CHECK(contains(message, path.string() + ": "));
  }
  write_bytes(path, bytes.substr(0, 4));
  CHECK(contains(refusal(path), "header length: the file has 4 bytes, at least 8 expected"));
}

TEST_CASE("any changed byte of the data or the metadata is noticed") {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "p.flyball";
  save_policy(path, sample_policy());
  const std::string bytes = bytes_of(path);
  for (std::size_t at = 0; at < bytes.size(); at += 13) {
    std::string changed = bytes;
    changed[at] = static_cast<char>(changed[at] ^ 0x04);
    write_bytes(path, changed);
    CAPTURE(at);
    // Only the padding may change without changing what the file says; it is not JSON then.
    CHECK_FALSE(refusal(path).empty());
  }
}

TEST_CASE("a hostile header length is refused without allocating it") {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "p.flyball";
  for (const std::uint64_t length :
       {std::numeric_limits<std::uint64_t>::max(), std::uint64_t{1} << 40, std::uint64_t{100}}) {
    std::string bytes(32, ' ');
    std::memcpy(bytes.data(), &length, sizeof length);
    write_bytes(path, bytes);
    CHECK(contains(refusal(path), "header length:"));
  }
  write_bytes(path, "time_seconds,cpu_hz\n");
  CHECK(contains(refusal(path), "the file is text"));
  write_bytes(path, "\x1f\x8b\x08\x08 and so on");
  CHECK(contains(refusal(path), "compressed with gzip"));
}

TEST_CASE("a changed weight fails the checksum") {
  const std::string message =
      refusal_after([](Safetensors& content) { content.tensors["cost.0.bias"].values[0] += 1.0F; });
  CHECK(contains(message, "checksum: 'crc32:"));
}

TEST_CASE("metadata that is absent, unknown or of another version is refused by name") {
  CHECK(contains(refusal_after([](Safetensors& c) { c.metadata.erase("reward"); }),
                 "reward: absent"));
  CHECK(contains(refusal_after([](Safetensors& c) { c.metadata["rewrad"] = "{}"; }),
                 "rewrad: unknown key"));
  for (const char* schema : {"0", "6", "3x", ""}) {
    CHECK(contains(refusal_after([=](Safetensors& c) { c.metadata["schema"] = schema; }),
                   fmt::format("schema: '{}', 1 to 5 expected", schema)));
  }
  CHECK(
      contains(refusal_after([](Safetensors& c) { c.metadata["heads"] = "{\"cost\":\"joint\"}"; }),
               "heads.constraint: absent"));
  CHECK(contains(refusal_after([](Safetensors& c) {
                   c.metadata["heads"] = "{\"cost\":\"wide\",\"constraint\":\"joint\"}";
                 }),
                 "heads.cost: \"wide\", one of joint, smooth, branching expected"));
  CHECK(contains(refusal_after([](Safetensors& c) { c.metadata["format"] = "pt"; }),
                 "format: 'pt', 'flyball-policy' expected"));
  CHECK(contains(refusal_after([](Safetensors& c) { c.metadata["knobs"] = "[{"; }),
                 "knobs: not valid JSON"));
  CHECK(contains(refusal_after([](Safetensors& c) { c.metadata["reward"] = "[]"; }),
                 "reward: an object expected"));
  CHECK(contains(refusal_after([](Safetensors& c) { c.metadata["knobs"] = "[{}]"; }),
                 "knobs[0].name: absent"));
  CHECK(contains(
      refusal_after([](Safetensors& c) { c.metadata["encoder"] = "{\"with_flux\":true}"; }),
      "encoder.with_flux: unknown key"));
  CHECK(contains(refusal_after([](Safetensors& c) { c.metadata["support"] = "ff"; }),
                 "support: 2 digits, 3 expected for 12 joint actions"));
  CHECK(contains(refusal_after([](Safetensors& c) { c.metadata["observation"] = "[\"x\"]"; }),
                 "observation: [\"x\"], this version encodes ["));
  CHECK(contains(refusal_after([](Safetensors& c) { c.metadata.erase("checksum"); }),
                 "checksum: absent"));
  CHECK(contains(refusal_after([](Safetensors& c) { c.metadata.clear(); }), "format: absent"));
}

TEST_CASE("a key that a policy file leaves out means its default") {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "p.flyball";
  PolicyFile file = sample_policy();
  file.metadata.training = PolicyTraining{SpanCredit::kWholeBatches, 0.5, 0.98};
  save_policy(path, file);
  CHECK(load_policy(path).metadata.training->credit == SpanCredit::kWholeBatches);
  CHECK(load_policy(path).metadata.training->gamma == 0.5);
  CHECK(load_policy(path).metadata.training->in_time_share == 0.98);
  MetadataMap map = to_map(file.metadata);
  map["encoder"] = "{\"period_seconds\":0.5}";
  map["reward"] = "{}";
  map["training"] = "{}";
  map.erase("served");
  const PolicyMetadata read = metadata_from_map(map);
  CHECK(read.encoder.period_seconds == 0.5);
  CHECK(read.encoder.queue_scale == EncoderConfig{}.queue_scale);
  CHECK(read.reward.eta == RewardConfig{}.eta);
  CHECK(read.training->gamma == 0.0);
  map.erase("training");
  CHECK_FALSE(metadata_from_map(map).training);
}

TEST_CASE("networks of several members are read back, and none may lack or be too many") {
  const auto refused = [](const std::function<void(PolicyFile&)>& change) {
    PolicyFile file = ensemble_policy(3);
    change(file);
    try {
      validate(file);
    } catch (const PolicyFileError& error) {
      return std::string(error.what());
    }
    return std::string("not refused");
  };
  CHECK(refused([](PolicyFile&) {}) == "not refused");
  const TemporaryDirectory folder;
  save_policy(folder.path() / "three.flyball", ensemble_policy(3));
  const PolicyFile read = load_policy(folder.path() / "three.flyball");
  CHECK(read.metadata.members == 3);
  CHECK(read.tensors.contains("constraint_3.0.weight"));
  CHECK(
      contains(refused([](PolicyFile& f) { f.tensors.erase("cost_2.0.bias"); }), "cost_2.0.bias"));
  CHECK(contains(refused([](PolicyFile& f) { f.tensors.erase("constraint_3.phi"); }),
                 "tensors 'constraint_3.*': 9 inputs and 6 outputs, those of 'constraint' have"));
  CHECK(contains(refused([](PolicyFile& f) {
                   for (const char* name : {"cost", "cost_2", "cost_3"}) {
                     f.tensors.erase(std::string(name) + ".0.weight");
                     f.tensors.erase(std::string(name) + ".0.bias");
                   }
                 }),
                 "cost.0.weight"));
  CHECK(contains(refused([](PolicyFile& f) { f.metadata.members = 2; }),
                 "tensors: 18 in the file, the networks are made of 12"));
  CHECK(contains(refused([](PolicyFile& f) { f.metadata.members = 17; }),
                 "heads.members = 17: must be 1 to 16"));
  CHECK(contains(refused([](PolicyFile& f) { f.metadata.cost_output.scale = -1.0; }),
                 "heads.members: must be 1 where an output's scale is below 0"));
  CHECK(contains(refusal_after([](Safetensors& c) {
                   c.metadata["heads"] = R"({"cost":"smooth","constraint":"joint","members":0})";
                 }),
                 "heads.members"));
}

// The files are made by old_schemas/make.py.
TEST_CASE("policies of every former schema are loaded, and mean what they meant") {
  const std::filesystem::path folder = FLYBALL_SOURCE_DIR "/tests/policies/old_schemas";
  for (const int schema : {1, 2, 3, 4}) {
    CAPTURE(schema);
    const PolicyFile file = load_policy(folder / fmt::format("schema-{}.flyball", schema));
    const PolicyMetadata& metadata = file.metadata;
    CHECK(metadata.encoder.with_power);
    CHECK_FALSE(metadata.encoder.with_utilization);
    CHECK(metadata.encoder.with_previous_action == (schema == 1));
    CHECK(metadata.reward.energy_reference_joules == 0.25);
    CHECK(metadata.constraint->margin == 0.99);
    CHECK(metadata.cost_head == Head::kSmooth);
    CHECK(metadata.constraint_head == (schema == 1 ? Head::kJoint : Head::kBranching));
    CHECK(metadata.served_limit.has_value() == (schema >= 3));
    CHECK(metadata.support == std::vector<std::uint8_t>{1, 1, 1, 1, 1, 1});
    CHECK(metadata.training.has_value() == (schema == 4));
    CHECK(metadata.members == 1);
    CHECK_NOTHROW(save_policy(TemporaryDirectory().path() / "again.flyball", file));
  }
  CHECK(contains(refusal(folder / "schema-1-slack.flyball"), "whose scale it does not tell"));
}

TEST_CASE("a wrong type in the metadata is refused with the value") {
  const std::string message = refusal_after([](Safetensors& c) {
    std::string& reward = c.metadata["reward"];
    reward.replace(reward.find("\"rho\":") + 6, 3, "\"x\"");
  });
  CHECK(contains(message, "reward.rho: \"x\", a number expected"));
}

TEST_CASE("metadata nested without end is refused by name, with what is allowed") {
  const std::string deep = std::string(200000, '[') + std::string(200000, ']');
  for (const char* key : {"knobs", "encoder", "observation", "reward", "heads", "cost_output",
                          "constraint", "constraint_output", "served", "provenance"}) {
    for (const std::string& value : {deep, "{\"eta\":" + deep + "}"}) {
      const std::string message =
          refusal_after([&](Safetensors& content) { content.metadata[key] = value; });
      CAPTURE(message);
      CHECK(message.ends_with(std::string("p.flyball: ") + key +
                              ": nested deeper than 16 levels, the most allowed"));
    }
  }
}

TEST_CASE("a message is one line of bounded length, whatever the file's strings are") {
  const std::string hostile = "\n\x1b[2J\r" + std::string(100000, 'x');
  for (const char* key : {"format", "heads", "checksum"}) {
    const std::string message =
        refusal_after([&](Safetensors& content) { content.metadata[key] = hostile; });
    CAPTURE(message);
    CHECK(contains(message, key));
    CHECK(message.size() < 2000);
    CHECK(message.find_first_of("\n\r\x1b") == std::string::npos);
  }
}

TEST_CASE("knobs have names of their own and ascending levels") {
  CHECK(contains(invalidity([](PolicyFile& f) { f.metadata.knobs[1].levels[2] = 1.5e8; }),
                 "knobs[1].levels[2] = 150000000: must be above 200000000"));
  CHECK(contains(invalidity([](PolicyFile& f) { f.metadata.knobs[0].levels[0] = 0.0; }),
                 "knobs[0].levels[0] = 0: must be above 0"));
  CHECK(contains(invalidity([](PolicyFile& f) { f.metadata.knobs[1].name = "cpu"; }),
                 "knobs[1].name: 'cpu'"));
  CHECK(contains(invalidity([](PolicyFile& f) { f.metadata.knobs.clear(); }), "knobs: 0"));
  CHECK(contains(invalidity([](PolicyFile& f) { f.metadata.knobs[0].levels.clear(); }),
                 "one of them has no level"));
}

TEST_CASE("names are short and on one line, as they stand in tables") {
  for (const std::string& name :
       std::vector<std::string>{"a\nb", "a\x1b[2J", "\xff", std::string(1000, 'x')}) {
    CHECK(invalidity([&](PolicyFile& file) { file.metadata.board = name; }) ==
          "policy: board: a board's id expected");
    CHECK(contains(invalidity([&](PolicyFile& file) { file.metadata.knobs[0].name = name; }),
                   "a name of its own expected"));
  }
}

TEST_CASE("shapes have to chain from the observation to the joint actions") {
  std::mt19937_64 random(1);
  const auto replaced = [&](const std::string& name, std::vector<std::size_t> shape) {
    return invalidity([&](PolicyFile& f) { f.tensors[name] = random_tensor(shape, random); });
  };
  CHECK(contains(replaced("cost.1.weight", {6, 15}),
                 "tensor 'cost.1.weight': shape [6, 15] with 90 values, [6, 16] expected"));
  CHECK(contains(replaced("cost.0.bias", {15}), "tensor 'cost.0.bias': shape [15]"));
  CHECK(contains(replaced("cost.0.weight", {16}), "a matrix expected"));
  CHECK(contains(replaced("cost.0.weight", {16, 3}), "3 inputs, the observation has 9"));
  CHECK(contains(replaced("cost.phi", {11, 6}), "11 outputs, there are 12 joint actions"));
  CHECK(contains(replaced("spare", {1}), "tensors: 10 in the file, the networks are made of 9"));
  CHECK(contains(invalidity([](PolicyFile& f) { f.tensors.erase("constraint.0.weight"); }),
                 "tensor 'constraint.0.weight': missing"));
  CHECK(contains(invalidity([](PolicyFile& f) { f.tensors["cost.0.bias"].values.pop_back(); }),
                 "tensor 'cost.0.bias': shape [16] with 15 values"));
}

TEST_CASE("the states that a policy knows have two ends for every input") {
  CHECK(contains(invalidity([](PolicyFile& f) {
                   f.tensors["known"] = {{2, 8}, std::vector<float>(16)};
                 }),
                 "tensor 'known': [2, 9] expected"));
  CHECK(contains(invalidity([](PolicyFile& f) {
                   f.tensors["known"] = {{2, 9}, std::vector<float>(18)};
                   f.tensors["known"].values[3] = 1.0F;
                 }),
                 "input 3: the lowest value 1 is above the highest, 0"));
  const TemporaryDirectory directory;
  PolicyFile file = sample_policy();
  file.tensors["known"] = {{2, 9}, std::vector<float>(18)};
  save_policy(directory.path() / "p.flyball", file);
  CHECK(load_policy(directory.path() / "p.flyball").tensors == file.tensors);
}

TEST_CASE("a head says how the last layer is read, and the tensors have to agree") {
  CHECK(contains(invalidity([](PolicyFile& f) { f.metadata.cost_head = Head::kJoint; }),
                 "heads.cost: 'joint', but the file has a tensor 'cost.phi'"));
  CHECK(contains(invalidity([](PolicyFile& f) { f.metadata.constraint_head = Head::kSmooth; }),
                 "heads.constraint: 'smooth', but the file has no tensor 'constraint.phi'"));
  CHECK(contains(invalidity([](PolicyFile& f) { f.metadata.constraint_head = Head::kBranching; }),
                 "tensors 'constraint.*': 12 outputs, the knobs have 7 levels"));
  const TemporaryDirectory directory;
  std::mt19937_64 random(1);
  PolicyFile file = sample_policy();
  file.metadata.constraint_head = Head::kBranching;
  add_network(file, "constraint", observation_names(file.metadata).size(), {16, 7}, random);
  const auto path = directory.path() / "p.flyball";
  save_policy(path, file);
  const PolicyFile loaded = load_policy(path);
  CHECK(loaded.metadata.cost_head == Head::kSmooth);
  CHECK(loaded.metadata.constraint_head == Head::kBranching);
  CHECK(branches_of(loaded.metadata, "constraint") == std::vector<std::size_t>{3, 4});
  CHECK(branches_of(loaded.metadata, "cost").empty());
}

TEST_CASE("weights have to be finite") {
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    CHECK(contains(invalidity([bad](PolicyFile& f) { f.tensors["cost.0.weight"].values[5] = bad; }),
                   "tensor 'cost.0.weight': value 5 is"));
  }
}

TEST_CASE("limits, outputs and support are checked") {
  CHECK(contains(invalidity([](PolicyFile& f) { f.metadata.constraint->limit = 0.0; }),
                 "constraint.limit = 0"));
  CHECK(contains(invalidity([](PolicyFile& f) { f.metadata.constraint->margin = 1.5; }),
                 "constraint.margin = 1.5"));
  CHECK(contains(
      invalidity([](PolicyFile& f) { f.metadata.constraint->kind = ConstraintKind::kMissRate; }),
      "constraint.limit = 1.4: a miss rate is at most 1"));
  CHECK(contains(invalidity([](PolicyFile& f) { f.metadata.cost_output.scale = 0.0; }),
                 "cost_output.scale = 0"));
  CHECK(contains(invalidity([](PolicyFile& f) { f.metadata.support.assign(12, 0); }),
                 "support: no joint action"));
  CHECK(contains(invalidity([](PolicyFile& f) { f.metadata.support.pop_back(); }),
                 "support: 11 entries, 12 joint actions"));
  CHECK(contains(invalidity([](PolicyFile& f) { f.metadata.reward.eta = 2.0; }), "reward.eta = 2"));
  CHECK(contains(invalidity([](PolicyFile& f) { f.metadata.encoder.period_seconds = 0.0; }),
                 "encoder.period_seconds = 0"));
  CHECK(contains(invalidity([](PolicyFile& f) { f.metadata.constraint.reset(); }),
                 "tensors: 9 in the file"));
}

TEST_CASE("the daemon refuses links and files that others may write") {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "p.flyball";
  save_policy(path, sample_policy());
  CHECK_NOTHROW(load_policy(path, FileTrust::kOwned));
  const auto link = directory.path() / "link.flyball";
  std::filesystem::create_symlink(path, link);
  CHECK_NOTHROW(load_policy(link, FileTrust::kAny));
  CHECK_THROWS_WITH_AS(load_policy(link, FileTrust::kOwned),
                       (link.string() + ": a symbolic link; name the file itself").c_str(),
                       PolicyFileError);
  REQUIRE(chmod(path.c_str(), 0666) == 0);
  CHECK_NOTHROW(load_policy(path, FileTrust::kAny));
  CHECK_THROWS_AS(load_policy(path, FileTrust::kOwned), PolicyFileError);
  CHECK_THROWS_AS(load_policy(directory.path(), FileTrust::kAny), PolicyFileError);
  CHECK_THROWS_AS(load_policy(directory.path() / "absent"), PolicyFileError);
}

TEST_CASE("what a policy serves travels in the file and bounds what may be asked of it") {
  PolicyFile file = sample_policy();
  file.metadata.encoder.with_eta = true;
  file.metadata.served_eta = ServedRange{0.25, 1.0};
  file.metadata.served_limit = ServedRange{0.0, 2.0};
  std::mt19937_64 random(3);
  file.tensors.clear();
  const std::size_t inputs = observation_names(file.metadata).size();
  add_network(file, "cost", inputs, {16, 6}, random);
  file.tensors["cost.phi"] = random_tensor({12, 6}, random);
  add_network(file, "constraint", inputs, {16, 12}, random);
  const TemporaryDirectory directory;
  const auto path = directory.path() / "served.flyball";
  save_policy(path, file);
  const PolicyFile loaded = load_policy(path);
  CHECK(loaded.metadata.served_eta->low == 0.25);
  CHECK(loaded.metadata.served_limit->high == 2.0);

  const PolicyFile asked = with_preference(loaded, {0.5, 0.7, {}});
  CHECK(asked.metadata.encoder.eta == 0.5);
  CHECK(asked.metadata.reward.eta == 0.5);
  CHECK(asked.metadata.constraint->limit == 0.7);
  CHECK(asked.metadata.constraint_output.offset == loaded.metadata.constraint_output.offset);
  CHECK_THROWS_WITH_AS(with_preference(loaded, {0.1, {}, {}}),
                       "eta = 0.1: the policy serves 0.25 to 1", std::invalid_argument);
  CHECK_THROWS_WITH_AS(with_preference(sample_policy(), {0.1, {}, {}}),
                       "eta = 0.1: the policy serves 1 alone", std::invalid_argument);
  CHECK_NOTHROW(with_preference(sample_policy(), {1.0, 1.4, {}}));
  CHECK_THROWS_WITH_AS(with_preference(sample_policy(), {{}, 1.5, {}}),
                       "latency limit = 1.5: the policy serves 1.4 alone", std::invalid_argument);

  PolicyFile bad = file;
  bad.metadata.encoder.with_eta = false;
  CHECK_THROWS_AS(validate(bad), PolicyFileError);
}
