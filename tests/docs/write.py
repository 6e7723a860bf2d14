"""`make docs`: write the generated files under docs/ anew."""

from __future__ import annotations

from tests.docs.generated import DOCS, ROOT, everything


def main() -> None:
    files = everything()
    for folder in (DOCS / "runbooks",):
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("*.md"):
            if old not in files:
                old.unlink()
                print(f"removed {old.relative_to(ROOT)}")
    for path, text in files.items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            print(f"wrote {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
