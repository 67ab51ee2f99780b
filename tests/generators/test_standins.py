import subprocess
import sys


def run(code: str, **environment: str) -> str:
    """What a fresh interpreter prints."""
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    ).stdout.strip()


def test_cards_load_nothing_heavy() -> None:
    heavy = "{'torch', 'pandas', 'numpy', 'synthcity', 'sklearn'}"
    code = "import sys; from synthcraft.catalogue import GENERATORS; "
    assert run(f"{code}list(GENERATORS); print({heavy} & set(sys.modules))") == "set()"


def test_stand_ins_are_importable_and_refuse_to_be_used() -> None:
    code = """
from synthcraft.generators import standins
standins.install()
import google.generativeai as genai
from torchvision import transforms
from tsai.models.XCM import XCM
print(transforms.__module__, issubclass(XCM, object))
try:
    XCM()
except ImportError as error:
    print(error)
"""
    first, second = run(code).splitlines()
    assert first == "torchvision True"
    assert second.startswith("tsai.models.XCM.XCM is a stand-in")


def test_the_genuine_package_takes_its_stand_ins_place() -> None:
    code = """
from synthcraft.generators import standins
standins.ABSENT = ("tabnanny", "xml")
standins.install()
import tabnanny, xml.dom
print(type(tabnanny).__name__, type(xml.dom).__name__)
standins.genuine("xml")
import tabnanny, xml.dom
print(type(tabnanny).__name__, type(xml.dom).__name__)
"""
    assert run(code).splitlines() == ["StandIn StandIn", "StandIn module"]


def test_other_modules_are_found_as_ever() -> None:
    code = """
from synthcraft.generators import standins
standins.install()
import json.decoder, xml
try:
    import no_such_package
except ModuleNotFoundError:
    print("absent")
"""
    assert run(code) == "absent"


def test_loading_one_generator_loads_no_other() -> None:
    code = """
import sys
from synthcraft.catalogue import GENERATORS
from importlib import import_module
for module in GENERATORS.get("bayesian_network").preload:
    import_module(module)
print(*(name for name in sys.modules if ".plugin_" in name))
"""
    assert run(code) == "synthcity.plugins.generic.plugin_bayesian_network"
