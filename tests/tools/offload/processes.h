// Edge and cloud as processes for tests: a network, images, and what became of every request.
#pragma once

#include <doctest/doctest.h>
#include <flyball.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "policies/safetensors.h"
#include "tests/agent/vision/idx_folder.h"
#include "tests/support/child_process.h"
#include "tests/support/temporary_directory.h"
#include "tests/tools/offload/sample_network.h"

namespace flyball {

// A folder with n.safetensors and 40 images that it fits.
struct OffloadFolder {
  OffloadFolder() {
    write_file(path() / "n.safetensors", write_safetensors(sample_network()));
    write_idx_folder(path(), ImagePart::kTest, squares(40, 1));
    std::filesystem::create_directory(path() / "application");
  }

  const std::filesystem::path& path() const { return folder.path(); }
  std::string file(const std::string& name) const { return (path() / name).string(); }

  TemporaryDirectory folder;
};

using Words = std::vector<std::string>;

// flyball-cloud, from when it listens on.
class CloudProcess {
 public:
  explicit CloudProcess(const OffloadFolder& folder, const Words& more = {}, int port = 0) {
    Words words = {FLYBALL_BINARY_DIR "/flyball-cloud", "--network",
                   folder.file("n.safetensors"),        "--listen",
                   "127.0.0.1:" + std::to_string(port), "--json"};
    words.insert(words.end(), more.begin(), more.end());
    const std::string output = folder.file("cloud.txt");
    process_ = std::make_unique<ChildProcess>(words, output);
    REQUIRE(
        process_->wait_until([&] { return text_of(output).find("port ") != std::string::npos; }));
    const std::string text = text_of(output);
    port_ = std::stoi(text.substr(text.find("port ") + 5));
  }

  ChildProcess& process() { return *process_; }
  int port() const { return port_; }
  std::string address() const { return "localhost:" + std::to_string(port_); }

 private:
  std::unique_ptr<ChildProcess> process_;
  int port_ = 0;
};

struct EdgeResult {
  nlohmann::json figures;
  std::vector<std::string> sources;  // of every request, in order
};

class EdgeProcess {
 public:
  EdgeProcess(const OffloadFolder& folder, const std::string& cloud, const Words& more)
      : folder_(folder) {
    Words words = {FLYBALL_BINARY_DIR "/flyball-edge",
                   "--network",
                   folder.file("n.safetensors"),
                   "--data",
                   folder.path().string(),
                   "--application",
                   folder.file("application"),
                   "--cloud",
                   cloud,
                   "--output",
                   folder.file("rows.csv"),
                   "--json"};
    words.insert(words.end(), more.begin(), more.end());
    process_ = std::make_unique<ChildProcess>(words, folder.file("edge.txt"));
  }

  // Until the application link shows that so many requests were served.
  void wait_for(std::size_t served) {
    REQUIRE(process_->wait_until([&] { return reported() >= served; }));
  }

  std::size_t reported() const {
    const std::string bytes = text_of(folder_.path() / "application" / "link");
    if (bytes.size() < sizeof(FlyballMemory)) return 0;
    FlyballMemory memory{};
    std::memcpy(&memory, bytes.data(), sizeof memory);
    return memory.served;
  }

  ChildProcess& process() { return *process_; }

  EdgeResult result() {
    const int code = process_->wait();
    const std::string text = text_of(folder_.path() / "edge.txt");
    CAPTURE(text);
    CHECK(code == 0);
    const std::size_t begin = text.starts_with('{') ? 0 : text.find("\n{");
    REQUIRE(begin != std::string::npos);
    EdgeResult result;
    result.figures = nlohmann::json::parse(text.substr(begin, text.rfind("\n}") + 2 - begin));
    std::istringstream rows(text_of(folder_.path() / "rows.csv"));
    std::string row;
    std::getline(rows, row);
    CHECK(row == "arrival_seconds,latency_seconds,source,sent_channels,sent_bytes");
    while (std::getline(rows, row)) {
      const std::size_t second = row.find(',', row.find(',') + 1);
      result.sources.push_back(row.substr(second + 1, row.find(',', second + 1) - second - 1));
    }
    return result;
  }

 private:
  const OffloadFolder& folder_;
  std::unique_ptr<ChildProcess> process_;
};

}  // namespace flyball
