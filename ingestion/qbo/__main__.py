"""Read one client's QBO alone and print what came:  python -m ingestion.qbo CLIENT_ID --connections FILE.json"""

from ingestion.alone import main

if __name__ == "__main__":
    main("qbo")
