// Edge and cloud as processes for tests: a network, images, and what became of every request.
#pragma once

#include <doctest/doctest.h>
#include <flyball.h>
#include <signal.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <utility>
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

// Where a program runs and listens: on this machine, or in a network of its own.
struct Place {
  Words prefix;
  std::string host = "127.0.0.1";
  int port = 0;
};

// A program that says its port when it listens, and prints JSON when SIGTERM ends it.
class Listener {
 public:
  Listener(Words words, const std::string& output)
      : output_(output), process_(std::move(words), output) {
    REQUIRE(
        process_.wait_until([&] { return text_of(output_).find("port ") != std::string::npos; }));
    const std::string text = text_of(output_);
    port_ = std::stoi(text.substr(text.find("port ") + 5));
  }

  ChildProcess& process() { return process_; }
  int port() const { return port_; }

  nlohmann::json end() {
    process_.signal(SIGTERM);
    CHECK(process_.wait() == 0);
    const std::string text = text_of(output_);
    return nlohmann::json::parse(text.substr(text.find('{')));
  }

 private:
  std::string output_;
  ChildProcess process_;
  int port_ = 0;
};

inline Words joined(Words first, const Words& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

// flyball-cloud.
class CloudProcess : public Listener {
 public:
  explicit CloudProcess(const OffloadFolder& folder, const Words& more = {},
                        const Place& place = {})
      : Listener(
            joined(joined(place.prefix, {FLYBALL_BINARY_DIR "/flyball-cloud", "--network",
                                         folder.file("n.safetensors"), "--listen",
                                         place.host + ":" + std::to_string(place.port), "--json"}),
                   more),
            folder.file("cloud.txt")),
        host_(place.host == "127.0.0.1" ? "localhost" : place.host) {}

  std::string address() const { return host_ + ":" + std::to_string(port()); }

 private:
  std::string host_;
};

// flyball-link in front of a cloud.
class LinkProcess : public Listener {
 public:
  LinkProcess(const OffloadFolder& folder, const CloudProcess& cloud, const Words& more)
      : Listener(
            joined({FLYBALL_BINARY_DIR "/flyball-link", "--to", cloud.address(), "--json"}, more),
            folder.file("link.txt")) {}

  std::string address() const { return "localhost:" + std::to_string(port()); }
};

struct EdgeResult {
  nlohmann::json figures;
  std::vector<std::string> sources;  // of every request, in order
};

class EdgeProcess {
 public:
  EdgeProcess(const OffloadFolder& folder, const std::string& cloud, const Words& more,
              const Words& prefix = {})
      : folder_(folder) {
    Words words = {FLYBALL_BINARY_DIR "/flyball-edge", "--network", folder.file("n.safetensors")};
    words = joined(words, {"--data", folder.path().string(), "--cloud", cloud, "--json"});
    words = joined(words, {"--application", folder.file("application")});
    words = joined(words, {"--output", folder.file("rows.csv")});
    process_ = std::make_unique<ChildProcess>(joined(joined(prefix, words), more),
                                              folder.file("edge.txt"));
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
