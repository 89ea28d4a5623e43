"""Read one client's Plaid alone and print what came:  python -m ingestion.plaid CLIENT_ID --connections FILE.json"""

from ingestion.alone import main

if __name__ == "__main__":
    main("plaid")
