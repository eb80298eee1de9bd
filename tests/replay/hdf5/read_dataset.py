"""Reads a dataset by Minari's documented names alone: python3 read_dataset.py WRITER DIRECTORY

Exits with 77 where h5py is not installed (Debian: python3-h5py)."""
import json
import os
import subprocess
import sys

try:
    import h5py
except ImportError:
    print("skipped: h5py is not installed")
    sys.exit(77)


def check_episode(group, number, knobs):
    steps = group.attrs["total_steps"]
    assert group.attrs["id"] == number
    observations = group["observations"][()]
    assert observations.shape == (steps + 1, 3) and observations.dtype == "float32"
    assert group["actions"].shape == (steps,) and group["actions"].dtype == "int64"
    assert group["rewards"].shape == (steps,) and group["rewards"].dtype == "float64"
    for name in ("terminations", "truncations"):
        assert group[name].shape == (steps,) and group[name].dtype == bool
        assert not group[name][:-1].any(), "only the last step may end an episode"
    for name, info in group["infos"].items():
        assert info.shape[0] == steps + 1, name
    assert group["infos/levels"].shape[1] == knobs
    assert abs(group.attrs["rewards_sum"] - group["rewards"][()].sum()) < 1e-9
    return steps


def main():
    writer, directory = sys.argv[1:]
    path = os.path.join(directory, "sample.hdf5")
    subprocess.run([writer, path], check=True)
    with h5py.File(path, "r") as file:
        assert list(file) == [f"episode_{i}" for i in range(file.attrs["total_episodes"])]
        assert file.attrs["dataset_id"] == "nano-4gb/sample-v0"
        assert json.loads(file.attrs["action_space"])["n"] == 12
        assert json.loads(file.attrs["observation_space"])["shape"] == [3]
        knobs = list(file.attrs["flyball_knobs"])
        assert knobs == ["cpu", "batch"]
        assert list(file.attrs["flyball_knob_batch_levels"]) == [1, 2, 4, 8]
        steps = sum(check_episode(file[f"episode_{i}"], i, len(knobs)) for i in range(len(file)))
        assert steps == file.attrs["total_steps"] == 60
        assert file["episode_0/truncations"][-1] and file["episode_2/terminations"][-1]
    for _ in range(2):  # a folder that is there is written anew
        subprocess.run([writer, os.path.join(directory, "sample-v0")], check=True)
    with open(os.path.join(directory, "sample-v0", "data", "metadata.json")) as metadata:
        content = json.load(metadata)
    assert content["total_steps"] == 60 and content["data_format"] == "hdf5"
    assert json.loads(content["action_space"])["type"] == "Discrete"


main()
